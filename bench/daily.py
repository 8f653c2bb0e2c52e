"""What hourly quantiles say about whole days: `python -m bench.daily --model … --observations …`.

Forecasts the time that was held back from a model's training, and compares the 24 hours of each
forecast, where all of them were observed, with what the API says about them: the interval of the
mean, the air quality index, the chance above a threshold. It also measures what the API leaves out
because it does not hold: the highest quantiles of the hours as those of the highest value.

All issue times of an evaluation count (`model.evaluation`), so days begin at every hour.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from batch_jobs.transform import load_model
from forecasts.air_quality import air_quality, category_of
from forecasts.exceedance import chance_above
from forecasts.parameter import PARAMETERS
from forecasts.times import from_text, utc_text
from local.commands.progress import bar
from local.training.training import read_archive
from model.archive import Archive
from model.evaluation import issue_times
from model.prediction import Model

Floats = NDArray[np.float64]

#: How the readings of an hour become its value, for parameters of which one can be above another.
ORDERED = {"mean", "sum", "maximum"}

#: Groups of chances whose reliability is shown.
CHANCES = ((0.1, 0.1), (0.11, 0.3), (0.31, 0.5), (0.51, 0.7), (0.71, 0.89), (0.9, 0.9))
#: Thresholds: these quantiles of what was observed.
LEVELS = (0.25, 0.5, 0.75)


COLUMNS = (
    "parameter",
    "days",
    "hour within p10 to p90",
    "mean within means of p10 to p90",
    "mean above mean of p50",
    "highest within highest p10 to p90",
    "highest above highest p50",
    "lowest within lowest p10 to p90",
    "lowest below lowest p50",
)


class Days(NamedTuple):
    """Forecasts of a parameter and what was observed.

    Attributes:
        complete: bool [N]; whether there is a forecast, and all hours were observed.
        values: [N, 3, 24], p10, p50, p90.
        chance: [N, 24], the chance of a wet hour; NaN for other parameters.
        observed: [N, 24].
    """

    complete: NDArray[np.bool_]
    values: Floats
    chance: Floats
    observed: Floats

    def where(self, rows: NDArray[np.bool_]) -> "Days":
        """Return some of them."""
        return Days(self.complete[rows], self.values[rows], self.chance[rows], self.observed[rows])


@click.command()
@click.option("--model", "path", required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--observations", required=True, help="What the model was trained on.")
def main(path: Path, observations: str) -> None:
    """Measure how often what is said about days holds."""
    model = load_model(path)
    archive = read_archive(observations, model.parameters, bar).select(model.parameters)
    since = from_text(model.training["held_back_from"])
    days = forecast_days(model, archive, int(since.timestamp()) // 3600 - archive.first_hour)
    console = Console(width=140)
    console.print(f"{path.name}, {len(archive.values)} stations, from {utc_text(since)} on")
    ordered = [code for code in days if PARAMETERS[code].aggregation in ORDERED]
    whole = {code: days[code].where(days[code].complete) for code in ordered}
    console.print(intervals(whole))
    console.print(reliability(whole))
    for line in air(days):
        console.print(line)


def forecast_days(model: Model, archive: Archive, start: int) -> dict[str, Days]:
    """Forecast the archive from hour *start* on, by parameter code; the rows are the same ones."""
    parts = list(_parts(model, archive, start))
    return {
        code: Days(*(np.concatenate(each) for each in zip(*(p[code] for p in parts), strict=True)))
        for code in model.parameters
    }


def _parts(model: Model, archive: Archive, start: int) -> Iterator[dict[str, Days]]:
    for stations, hours in issue_times(archive, start):
        part = {}
        batch = archive.batch(stations, hours)
        for index, (code, prediction) in enumerate(model.predict(batch).items()):
            observed = archive.after(index, stations, hours).astype(np.float64)
            complete = prediction.forecast & ~np.isnan(observed).any(axis=1)
            decimals = PARAMETERS[code].decimals
            # As they are published.
            values = np.round(prediction.values, decimals)
            part[code] = Days(complete, values, prediction.chance, np.round(observed, decimals))
        yield part


def intervals(days: Mapping[str, Days]) -> Table:
    """Show how often hours, means and extremes were within intervals."""
    table = Table(title="Share of observations, %", title_justify="left")
    for name in COLUMNS:
        first = name == COLUMNS[0]
        table.add_column(name, no_wrap=first, justify="left" if first else "right")
    for code, (_, values, _, observed) in days.items():
        mean, top, bottom = values.mean(axis=2), values.max(axis=2), values.min(axis=2)
        day, high, low = observed.mean(axis=1), observed.max(axis=1), observed.min(axis=1)
        shares = (
            _within(observed, values[:, 0], values[:, 2]),
            _within(day, mean[:, 0], mean[:, 2]),
            day > mean[:, 1],
            _within(high, top[:, 0], top[:, 2]),
            high > top[:, 1],
            _within(low, bottom[:, 0], bottom[:, 2]),
            low < bottom[:, 1],
        )
        table.add_row(code, f"{len(day):,}", *(f"{100 * share.mean():.1f}" for share in shares))
    return table


def _within(values: Floats, low: Floats, high: Floats) -> NDArray[np.bool_]:
    # A last bit of a mean must not decide.
    return (values >= low - 1e-9) & (values <= high + 1e-9)


def reliability(days: Mapping[str, Days]) -> Table:
    """Show how often hours were above thresholds, by the chance that the forecast gave it."""
    table = Table(title="Share of hours above a threshold, by its chance, %", title_justify="left")
    table.add_column("parameter")
    for low, high in CHANCES:
        table.add_column(
            f"{low:.0%}" if low == high else f"{low:.0%} to {high:.0%}", justify="right"
        )
    for code, each in days.items():
        table.add_row(code, *_reliability(each))
    return table


def _reliability(days: Days) -> Iterator[str]:
    rows = np.arange(len(days.observed))
    hours = rows % days.observed.shape[1]
    observed = days.observed[rows, hours]
    chances, above = [], []
    for threshold in np.unique(np.quantile(days.observed, LEVELS)):
        for row, hour in zip(rows, hours, strict=True):
            wet = days.chance[row, hour]
            quantiles = days.values[row, :, hour].tolist()
            wet_or_none = None if np.isnan(wet) else float(wet)
            chances.append(chance_above(float(threshold), quantiles, wet_or_none))
        above.append(observed > threshold)
    given, happened = np.array(chances), np.concatenate(above)
    for low, high in CHANCES:
        chosen = happened[(given >= low - 1e-9) & (given <= high + 1e-9)]
        yield f"{100 * chosen.mean():.0f} ({len(chosen):,})" if len(chosen) else ""


def air(days: Mapping[str, Days]) -> Iterator[str]:
    """Compare the air quality index of medians with that of what was observed."""
    polluted = {code: each for code, each in days.items() if air_quality({code: [0.0] * 24})}
    if not polluted:
        return
    rows = np.flatnonzero(np.all([each.complete for each in polluted.values()], axis=0))
    pairs = []
    for row in rows:
        forecast = air_quality({c: each.values[row, 1].tolist() for c, each in polluted.items()})
        observed = air_quality({c: each.observed[row].tolist() for c, each in polluted.items()})
        assert forecast  # noqa: S101 -- there are pollutants
        assert observed  # noqa: S101 -- there are pollutants
        pairs.append((forecast.index, observed.index))
    index, truth = np.array(pairs).T
    same = np.mean([category_of(a) == category_of(b) for a, b in pairs])
    yield f"Air quality index of {len(pairs):,} days: off by {np.abs(index - truth).mean():.0f},"
    yield f"{(index - truth).mean():+.0f} on average, in the same category on {same:.0%} of days"


if __name__ == "__main__":
    main()
