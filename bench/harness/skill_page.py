"""The tables of docs/skill.md, made of their figures and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.harness.errors import InputError
from bench.harness.skill_figures import LEADS
from forecasts.parameter import parameter
from forecasts.run import issue_time_of
from model.evaluation import RARELY_REPEATS

_POLLUTANT = "µg/m³"


def written(page: str, figures: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a page with its tables written anew; what has no figures stays as it is.

    Args:
        page: Has, for each name of *figures*, lines `<!-- name -->` and `<!-- end of name -->`.
        figures: By the name of the data, as `figures_of` returns them.

    Raises:
        InputError: The page has no such lines.
    """
    for name, of_data in figures.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        before, found, rest = page.partition(f"{begin}\n")
        _, also_found, after = rest.partition(end)
        if not (found and also_found):
            raise InputError(f"the page has no lines {begin} and {end}")
        page = before + "\n".join((begin, *_section(of_data), end)) + after
    return page


def _section(figures: Mapping[str, Any]) -> Iterator[str]:
    held_back, replay = figures["held_back"], figures["replay"]
    leads = ", ".join(str(hour) for hour in LEADS)
    yield f"The held-back time begins at {figures['since']}."
    yield ""
    yield (
        f"| parameter | MAE | best reference | skill | coverage | repeats | MAE at {leads} h, as a "
        "share of the best reference's | at 1-6, 7-12, 13-18, 19-24 h, as a share of the week's |"
    )
    yield "|---|---:|---|---:|---:|---:|---|---|"
    for code, row in held_back.items():
        shares = (_shares(row["share_of_best"]), _shares(row["share_of_week"]))
        yield _row(code, row, _percent(row["repeats"], 0), *shares)
    yield ""
    yield from _sentences(held_back)
    nights = figures["nights"]
    first, last = (issue_time_of(nights[key]).date() for key in ("first", "last"))
    yield ""
    yield f"The last {nights['count']} nights of it, {first} to {last}, replayed:"
    yield ""
    yield "| parameter | MAE | best reference | skill | coverage | worst | below p10 | above p90 |"
    yield "|---|---:|---|---:|---:|---:|---:|---:|"
    for code, row in replay.items():
        worst = f"{_percent(row['worst_coverage'])} ({row['worst_station']})"
        yield _row(code, row, worst, _percent(row["below"]), _percent(row["above"]))


def _row(code: str, row: Mapping[str, Any], *more: str) -> str:
    """Return a line of a table: what both have, and more."""
    cells = (
        f"{code}, {parameter(code).unit}",
        f"{row['mae']:.3g}",
        f"{row['reference']} {row['reference_mae']:.3g}",
        _percent(row["skill"]),
        _percent(row["coverage"]),
        *more,
    )
    return f"| {' | '.join(cells)} |"


def _sentences(rows: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield what the rows mean on average, and how rain is forecast."""
    rare = [row for row in rows.values() if row["repeats"] <= RARELY_REPEATS]
    skill, coverage = _mean(rare, "skill"), _mean(rare, "coverage")
    yield (
        f"Over the {len(rare)} parameters whose values rarely repeat, the mean skill is "
        f"**{skill}**, and the 80 % interval holds **{coverage}** on average."
    )
    pollutants = [row for code, row in rows.items() if parameter(code).unit == _POLLUTANT]
    if pollutants:
        yield f"Over the {len(pollutants)} pollutants, it is **{_mean(pollutants, 'skill')}**."
    for code, row in rows.items():
        if row["mostly_zero"]:
            yield f"The MAE of {code} is {row['mae'] / row['zero']:.2f} of that of the constant 0."
        if row["brier_skill"] is not None:
            brier = _percent(row["brier_skill"])
            yield f"The Brier skill of its chance, against climatology, is **{brier}**."


def _mean(rows: Sequence[Mapping[str, Any]], name: str) -> str:
    return _percent(sum(row[name] for row in rows) / len(rows))


def _percent(share: float, decimals: int = 1) -> str:
    return f"{100 * share:.{decimals}f} %"


def _shares(shares: Sequence[float]) -> str:
    return " · ".join(_percent(share, 0) for share in shares)
