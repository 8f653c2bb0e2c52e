"""Scores of verified forecasts, from sums: what readers are shown.

They are those of `model.scoring.Score`, which needs numpy. Tests hold the two equal.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from forecasts.parameter import PARAMETERS
from forecasts.verification import LEAD_GROUPS, SUMS, Sums, add

#: Fewer hours say nothing about a forecast.
MIN_HOURS = 100
TOO_FEW_HOURS = "too_few_hours"

REFERENCES = ("persistence", "yesterday", "week")
#: A parameter of which more observations are 0 is mostly zero.
_MOST = 0.5
_ERRORS = ("bias", "mae", "pinball")
_SIDES = ("below", "above")
_DECIMALS = 4


def scores_of(groups: Iterable[Sums]) -> dict[str, Any]:
    """Return the scores of sums that belong together, JSON-ready.

    Args:
        groups: Sums of groups of lead times, runs or stations of one parameter.

    Returns:
        `hours`; `bias`, `mae` and `pinball` in the parameter's unit; `coverage`, `below` and
        `above`, shares between 0 and 1; `references`, the MAE of each; `reference`, the best of
        them; `skill` against it, None if its MAE is 0; `brier` and `brier_skill` of the chance of
        rain, None without 100 hours that have one; the skill is also None if all of them were wet,
        or all were dry. With fewer than 100 hours only `hours`, and the `reason`.
    """
    columns = zip(*groups, strict=True)
    total = dict.fromkeys(SUMS, 0.0) | dict(zip(SUMS, map(sum, columns), strict=False))
    hours = int(total["hours"])
    if hours < MIN_HOURS:
        return {"hours": hours, "reason": TOO_FEW_HOURS}
    means = {name: value / hours for name, value in total.items()}
    names = references_of(total)
    best = min(names, key=means.__getitem__)
    return {
        "hours": hours,
        **{name: _rounded(means[name]) for name in _ERRORS},
        "coverage": _rounded(1 - means["below"] - means["above"]),
        **{name: _rounded(means[name]) for name in _SIDES},
        "references": {name: _rounded(means[name]) for name in names},
        "reference": best,
        "skill": _skill(means["mae"], means[best]),
        **_of_chance(total["chance_hours"], total["wet"], total["brier"]),
    }


def references_of(sums: Mapping[str, float]) -> tuple[str, ...]:
    """Return the names of the references for sums by name: zero counts where most hours are 0."""
    return REFERENCES + (("zero",) if sums["zeros"] > _MOST * sums["hours"] else ())


def scores_by_parameter(
    sums: Mapping[str, tuple[Sums, ...]], leads: Sequence[str] = LEAD_GROUPS
) -> dict[str, Any]:
    """Return the scores of each parameter, in the order of the catalogue, JSON-ready.

    Args:
        sums: For each parameter code, the sums of each of `LEAD_GROUPS`.
        leads: Groups that count.

    Returns:
        For each code the `unit`, the scores of all *leads* together and, under `leads`, of each.
    """
    return {code: _of_parameter(code, sums[code], leads) for code in PARAMETERS if code in sums}


def merged(some: Iterable[Mapping[str, tuple[Sums, ...]]]) -> dict[str, tuple[Sums, ...]]:
    """Add up the sums of several runs, stations or countries, parameter by parameter."""
    found: dict[str, list[tuple[Sums, ...]]] = {}
    for parameters in some:
        for code, groups in parameters.items():
            found.setdefault(code, []).append(groups)
    return {code: add(groups) for code, groups in found.items()}


def _of_parameter(code: str, groups: tuple[Sums, ...], leads: Sequence[str]) -> dict[str, Any]:
    by_lead = dict(zip(LEAD_GROUPS, groups, strict=True))
    wanted = {lead: by_lead[lead] for lead in leads}
    return {
        "unit": PARAMETERS[code].unit,
        **scores_of(wanted.values()),
        "leads": {lead: scores_of([sums]) for lead, sums in wanted.items()},
    }


def _of_chance(hours: float, wet: float, brier: float) -> dict[str, float | None]:
    """Return the Brier score, and its skill against the share of wet hours among these."""
    if hours < MIN_HOURS:
        return {"brier": None, "brier_skill": None}
    share = wet / hours
    score = brier / hours
    return {"brier": _rounded(score), "brier_skill": _skill(score, share * (1 - share))}


def _skill(error: float, reference: float) -> float | None:
    return _rounded(1 - error / reference) if reference else None


def _rounded(value: float) -> float:
    return round(value, _DECIMALS) + 0.0  # -0.0 becomes 0.0
