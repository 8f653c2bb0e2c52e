"""LoadForecasts: a part of the transform's output becomes items of the table.

Stations are matched by id, never by position. A line that cannot be read, a station that was not
asked for, or one that is missing is counted and named; CheckRun decides what that means for the
run. Nothing here is visible to readers before the run is published.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from operator import le
from typing import TYPE_CHECKING, Any

import orjson

from forecasts.forecast import Forecast
from forecasts.item import StationEntry, catalogue_item, forecast_item, history_item, map_item
from forecasts.parameter import PARAMETERS
from forecasts.run import LEAD_HOURS, QUANTILES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batch_jobs.plan_run import Part
    from forecasts.forecast import Quantiles
    from forecasts.item import Item
    from forecasts.run import Run
    from forecasts.station import Station
    from forecasts.store import Store

INVALID = "invalid_forecast"
_MOST_EXAMPLES = 10


@dataclass
class ParameterStats:
    """What was loaded of one parameter, summed so that parts can be added.

    Attributes:
        series: How many stations have a forecast.
        implausible: Values outside the catalogue's limits.
        crossed: Hours at which p10 <= p50 <= p90 does not hold.
        median_sum: Of all p50.
        width_sum: Of all p90 - p10.
    """

    series: int = 0
    implausible: int = 0
    crossed: int = 0
    median_sum: float = 0.0
    width_sum: float = 0.0

    def add(self, code: str, quantiles: Quantiles) -> None:
        """Count the forecast of one station."""
        low, median, high = (quantiles[name] for name in QUANTILES)
        limits = PARAMETERS[code]
        self.series += 1
        if min(map(min, (low, median, high))) < limits.minimum or (
            max(map(max, (low, median, high))) > limits.maximum
        ):
            everything = (*low, *median, *high)
            self.implausible += sum(not limits.minimum <= v <= limits.maximum for v in everything)
        if not (all(map(le, low, median)) and all(map(le, median, high))):
            self.crossed += sum(not a <= b <= c for a, b, c in zip(low, median, high, strict=True))
        self.median_sum += sum(median)
        self.width_sum += sum(high) - sum(low)

    def merge(self, other: ParameterStats) -> None:
        """Add the counts of another part."""
        self.series += other.series
        self.implausible += other.implausible
        self.crossed += other.crossed
        self.median_sum += other.median_sum
        self.width_sum += other.width_sum


@dataclass
class LoadReport:
    """What became of a part, or of several.

    Attributes:
        stations: Stations whose forecast is in the table.
        missing: Series without a forecast, by reason.
        faults: What was wrong with the output, by reason.
        examples: For people, "part-00000.jsonl.out:3: what is wrong".
        parameters: By code.
        write_units: What the table charged.
    """

    stations: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    parameters: dict[str, ParameterStats] = field(default_factory=dict)
    write_units: float = 0.0

    def fault(self, reason: str, example: str) -> None:
        """Count something wrong, and name it."""
        self.faults[reason] += 1
        if len(self.examples) < _MOST_EXAMPLES:
            self.examples.append(example[:240])

    def merge(self, other: LoadReport) -> None:
        """Add the report of another part."""
        self.stations += other.stations
        self.missing += other.missing
        self.faults += other.faults
        self.examples = (self.examples + other.examples)[:_MOST_EXAMPLES]
        self.write_units += other.write_units
        for code, stats in other.parameters.items():
            self.parameters.setdefault(code, ParameterStats()).merge(stats)

    def to_json(self) -> dict[str, Any]:
        """Show the report as a JSON object."""
        # asdict() would make counters of their pairs.
        counters = {"missing": dict(self.missing), "faults": dict(self.faults)}
        return asdict(replace(self, missing=Counter(), faults=Counter())) | counters

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> LoadReport:
        """Read the report back.

        Raises:
            KeyError, TypeError: Not such a report.
        """
        return cls(
            **fields
            | {
                "missing": Counter(fields["missing"]),
                "faults": Counter(fields["faults"]),
                "parameters": {
                    code: ParameterStats(**stats) for code, stats in fields["parameters"].items()
                },
            }
        )


def load_forecasts(
    store: Store, run: Run, part: Part, transform_input: bytes, transform_output: bytes
) -> LoadReport:
    """Put the forecasts, histories, catalogue and map of one part.

    Doing it again changes nothing.

    Args:
        store: Where to.
        run: The run.
        part: Its stations.
        transform_input: The part's lines, for the histories.
        transform_output: The part's lines as the transform left them.

    Raises:
        StoreError: Not everything was written; the part must be loaded again.
    """
    report = LoadReport()
    stations = {station.id: station for station in part.stations}
    outputs = _outputs(part, transform_output, stations, report)
    loaded: list[Forecast] = []
    items = _items(run, stations, outputs, loaded, transform_input, report)
    report.write_units = store.put_many(items)
    report.write_units += store.put_many(_overview(run, part, loaded))
    for station_id in stations.keys() - outputs.keys():
        report.fault("missing_station", f"{part.name}.out: no line for station {station_id}")
    return report


def _items(
    run: Run,
    stations: dict[str, Station],
    outputs: dict[str, dict[str, Any]],
    loaded: list[Forecast],
    transform_input: bytes,
    report: LoadReport,
) -> Iterator[Item]:
    """Yield the items of every station that has an output line; fill *loaded* on the way."""
    for text in transform_input.splitlines():
        line = orjson.loads(text)
        output = outputs.get(line["station_id"])
        if output is None:
            continue
        forecast = _forecast(run, stations[line["station_id"]], output, report)
        # What `to_body` writes, which may not import orjson, in a tenth of its time.
        yield forecast_item(forecast.station.id, run, orjson.dumps(forecast.to_answer()))
        yield history_item(line, run)
        loaded.append(forecast)


def _overview(run: Run, part: Part, loaded: Sequence[Forecast]) -> Iterator[Item]:
    """Yield what shows all stations of a part at once: its catalogue, its map by parameter."""
    entries = [StationEntry(each.station, tuple(each.values)) for each in loaded]
    yield catalogue_item(run, part.number, entries)
    for code in run.parameters:
        medians = [each.values[code]["p50"] if code in each.values else None for each in loaded]
        yield map_item(run, code, part.number, orjson.dumps(medians))


def _outputs(
    part: Part, transform_output: bytes, stations: dict[str, Station], report: LoadReport
) -> dict[str, dict[str, Any]]:
    outputs: dict[str, dict[str, Any]] = {}
    for number, text in enumerate(transform_output.splitlines(), 1):
        where = f"{part.name}.out:{number}"
        try:
            line = _parse(text)
            station_id = line["station_id"]
        except (ValueError, KeyError, TypeError) as error:
            report.fault("bad_line", f"{where}: {error!r}")
            continue
        if station_id not in stations:
            report.fault("unknown_station", f"{where}: station {station_id!r} was not asked for")
        elif station_id in outputs:
            report.fault("duplicate_station", f"{where}: station {station_id!r} again")
        else:
            outputs[station_id] = line
    return outputs


def _parse(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        # NaN is no JSON, but Python writes it: one bad series must not cost the whole station.
        return json.loads(text)


def _forecast(run: Run, station: Station, output: dict[str, Any], report: LoadReport) -> Forecast:
    values = {}
    missing = dict(output.get("missing") or {})
    for code, quantiles in (output.get("values") or {}).items():
        if code in PARAMETERS and _is_whole(quantiles):
            values[code] = quantiles
            report.parameters.setdefault(code, ParameterStats()).add(code, quantiles)
        else:
            missing[code] = INVALID
            report.fault(INVALID, f"station {station.id}: {code} is not 24 finite hours")
    report.stations += 1
    report.missing.update(missing.values())
    model = output.get("model", run.model)
    return Forecast(station, run.id, run.issue_time, model, values, missing)


def _is_whole(quantiles: object) -> bool:
    """Whether there are 24 finite numbers for each quantile."""
    if not isinstance(quantiles, dict) or tuple(quantiles) != QUANTILES:
        return False
    try:
        return all(
            len(hours) == LEAD_HOURS and math.isfinite(math.fsum(hours))
            for hours in quantiles.values()
        )
    except (TypeError, ValueError, OverflowError):
        return False
