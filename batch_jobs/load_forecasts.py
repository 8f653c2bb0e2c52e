"""LoadForecasts: turns a part of the transform's output into items of the table.

Stations are matched by id, never by position. Unreadable lines, stations that the model refused,
unknown and missing stations are counted and named; CheckRun decides what they mean for the run.
Readers see none of these items before the run is published.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Any

import orjson

from batch_jobs.histories import packed_histories
from batch_jobs.load_report import LoadReport, ParameterStats
from batch_jobs.plan_run import Part
from forecasts.circle import are_in_order
from forecasts.forecast import Forecast
from forecasts.item import (
    Item,
    StationEntry,
    TransformLine,
    catalogue_item,
    forecast_item,
    map_item,
    packed_history_item,
)
from forecasts.missing import MissingStation, left_out_items, missing_item
from forecasts.parameter import PARAMETERS
from forecasts.run import CHANCE, LEAD_HOURS, QUANTILES, Run
from forecasts.station import Station
from forecasts.stores.protocol import Store
from forecasts.verifications import with_verification

#: The packed records of earlier runs, by station.
Verified = Mapping[str, Sequence[bytes]]

#: Why a parameter of a station is not published although the model forecast it.
INVALID = "invalid_forecast"
#: Why a parameter is not published of which the model says nothing.
NOT_FORECAST_HERE = "not_forecast_here"


def load_forecasts(
    store: Store,
    run: Run,
    part: Part,
    transform_input: bytes,
    transform_output: bytes,
    verified: Verified = MappingProxyType({}),
    keep: Callable[[Sequence[Forecast]], object] | None = None,
) -> LoadReport:
    """Put the items of one part; a repetition changes nothing.

    They are its forecasts, histories, catalogue and maps, and its missing stations. The first part
    also has the stations that the run was not planned for.

    Args:
        store: Takes the items.
        run: The run.
        part: The stations.
        transform_input: The part's input lines, which have the histories.
        transform_output: The part's output lines.
        verified: The records of earlier runs by station, of which the first is the newest.
        keep: Takes the forecasts, once all items are put.

    Raises:
        StoreError: Not everything was written; the part must be loaded again.
    """
    report = LoadReport()
    stations = {station.id: station for station in part.stations}
    outputs, refused = _outputs(part, transform_output, stations, report)
    loaded: list[Forecast] = []
    items = _items(run, stations, outputs, loaded, transform_input, verified, report)
    report.write_units = store.put_many(items)
    report.write_units += store.put_many(_overview(run, part, loaded, refused))
    for station_id in sorted(stations.keys() - outputs.keys() - refused.keys()):
        report.fault("missing_station", f"{part.name}.out: no line for station {station_id}")
    if keep:
        keep(loaded)
    return report


def _items(
    run: Run,
    stations: dict[str, Station],
    outputs: dict[str, dict[str, Any]],
    loaded: list[Forecast],
    transform_input: bytes,
    verified: Verified,
    report: LoadReport,
) -> Iterator[Item]:
    """Yield the items of every station that has an output line, and append to *loaded*."""
    lines = [line for line in _inputs(transform_input) if line["station_id"] in outputs]
    for line, packed in zip(lines, packed_histories(lines), strict=True):
        station_id = line["station_id"]
        forecast = _forecast(run, stations[station_id], outputs[station_id], report)
        # The same bytes as `to_body`, which may not import orjson, in a tenth of its time.
        item = forecast_item(station_id, run, orjson.dumps(forecast.to_answer()))
        yield with_verification(item, verified.get(station_id, ()))
        yield packed_history_item(station_id, run, packed)
        loaded.append(forecast)


def _overview(
    run: Run, part: Part, loaded: Sequence[Forecast], refused: Mapping[str, str]
) -> Iterator[Item]:
    """Yield the items that cover all stations of a part: catalogue, maps, missing stations."""
    entries = [StationEntry(each.station, tuple(each.values)) for each in loaded]
    yield catalogue_item(run, part.number, entries)
    for code in run.parameters:
        medians = [each.values[code]["p50"] if code in each.values else None for each in loaded]
        yield map_item(run, code, part.number, orjson.dumps(medians))
    yield missing_item(run, part.number, _missing(run, part, loaded, refused))
    if part.number == 0:
        yield from left_out_items(run, part.left_out)


def _missing(
    run: Run, part: Part, loaded: Sequence[Forecast], refused: Mapping[str, str]
) -> Iterator[MissingStation]:
    """Yield the stations of a part that lack a forecast, and why."""
    forecasts = {each.station.id: each for each in loaded}
    for station in part.stations:
        if forecast := forecasts.get(station.id):
            unsaid = dict.fromkeys(run.parameters, NOT_FORECAST_HERE)
            reasons = {**unsaid, **forecast.missing}
            missing = {code: reasons[code] for code in reasons if code not in forecast.values}
            if missing:
                yield MissingStation(station.id, "partial" if forecast.values else "none", missing)
        else:
            reason = "refused_line" if station.id in refused else "missing_station"
            missing = dict.fromkeys(run.parameters, reason)
            yield MissingStation(station.id, "none", missing, refused.get(station.id, ""))


def _inputs(transform_input: bytes) -> list[TransformLine]:
    lines: list[Any] = []
    for text in transform_input.splitlines():
        # A line that cannot be read was refused by the model, so it is counted already.
        with suppress(ValueError, RecursionError):
            lines.append(_parse(text))
    return [line for line in lines if _has_station(line)]


def _has_station(line: Any) -> bool:
    return isinstance(line, dict) and isinstance(line.get("station_id"), str)


def _outputs(
    part: Part, transform_output: bytes, stations: dict[str, Station], report: LoadReport
) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Return the line of each station; and why the model refused the others, by station."""
    outputs: dict[str, dict[str, Any]] = {}
    refused: dict[str, str] = {}
    for number, text in enumerate(transform_output.splitlines(), 1):
        # SageMaker adds a newline to each answer of the model, which already ends with one.
        if not text.strip():
            continue
        where = f"{part.name}.out:{number}"
        try:
            line = _output(text)
        except (ValueError, RecursionError) as error:
            report.fault("bad_line", f"{where}: {error}")
            continue
        station_id = str(line.get("station_id"))
        if "error" in line:
            report.fault("refused_line", f"{where}: station {station_id!r}: {line['error']}")
            refused[station_id] = str(line["error"])
        elif station_id not in stations:
            report.fault("unknown_station", f"{where}: station {station_id!r} is not in this part")
        elif station_id in outputs:
            report.fault("duplicate_station", f"{where}: a second line for station {station_id!r}")
        else:
            outputs[station_id] = line
    return outputs, refused


def _output(text: bytes) -> dict[str, Any]:
    """Read a line of output.

    Raises:
        ValueError: It is not what the hooks write.
    """
    line = _parse(text)
    if not isinstance(line, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 -- the line is the value
    if "error" not in line and not _has_station(line):
        raise ValueError("no station_id")
    for name, kind in _KINDS.items():
        if not isinstance(line.get(name), kind | None):
            raise ValueError(f"{name} is {line[name]!r:.60}")  # noqa: TRY004 -- as above
    if not all(isinstance(reason, str) for reason in (line.get("missing") or {}).values()):
        raise ValueError("missing has a reason that is not text")
    if not all(isinstance(name, str) for name in (line.get("models") or {}).values()):
        raise ValueError("models has a name that is not text")
    return line


#: The types of fields that a line may have.
_KINDS: dict[str, type] = {
    "model": str,
    "values": dict,
    "chance_24h": dict,
    "models": dict,
    "missing": dict,
}


def _parse(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        # Python writes NaN, which is not JSON: one bad series must not cost the whole station.
        line = json.loads(text)
        # Python also reads half of a surrogate pair, which nothing can write.
        json.dumps(line, ensure_ascii=False).encode()
        return line


def _forecast(run: Run, station: Station, output: dict[str, Any], report: LoadReport) -> Forecast:
    values, chance_24h = {}, {}
    days = output.get("chance_24h") or {}
    missing = {c: r for c, r in (output.get("missing") or {}).items() if c in PARAMETERS}
    for code, quantiles in (output.get("values") or {}).items():
        if problem := _problem_of(code, quantiles, days.get(code)):
            report.fault(INVALID, f"station {station.id}: {code} {problem}")
            if code in PARAMETERS:
                missing[code] = INVALID
        else:
            values[code] = quantiles
            if code in days:
                chance_24h[code] = days[code]
            stats = report.parameters.setdefault(code, ParameterStats())
            stats.add(quantiles, circular=PARAMETERS[code].circular)
    report.stations += 1
    report.missing.update(missing.values())
    model = output.get("model") or run.model
    models = {c: name for c, name in (output.get("models") or {}).items() if c in values}
    return Forecast(
        station, run.id, run.issue_time, model, values, missing, chance_24h, models, run.notice
    )


def _problem_of(code: str, quantiles: Any, chance_24h: Any) -> str | None:
    """Return why a forecast must not be published; None if it may be."""
    limits = PARAMETERS.get(code)
    if limits is None:
        return "is not in the catalogue"
    if not _is_whole(quantiles):
        return "does not have 24 finite values for each quantile"
    low, median, high = (quantiles[name] for name in QUANTILES)
    hours = (low, median, high)
    if min(map(min, hours)) < limits.minimum or max(map(max, hours)) > limits.maximum:
        return f"has values outside {limits.minimum:g} to {limits.maximum:g} {limits.unit}"
    if not are_in_order(limits, *hours):
        return "has quantiles that are not in order"
    if not _are_chances(
        [*quantiles.get(CHANCE, ()), *([] if chance_24h is None else [chance_24h])]
    ):
        return "has a chance that is not between 0 and 1"
    return None


_NAMES = {QUANTILES, (*QUANTILES, CHANCE)}
#: Python counts true and false as numbers.
_NUMBERS = {int, float}


def _are_chances(chances: Sequence[Any]) -> bool:
    return _NUMBERS.issuperset(map(type, chances)) and all(0 <= each <= 1 for each in chances)


def _is_whole(quantiles: object) -> bool:
    """Tell whether there are 24 finite numbers for each quantile, and each chance if it has any."""
    if not isinstance(quantiles, dict) or tuple(quantiles) not in _NAMES:
        return False
    try:
        return all(
            len(hours) == LEAD_HOURS
            and _NUMBERS.issuperset(map(type, hours))
            and math.isfinite(math.fsum(hours))
            for hours in quantiles.values()
        )
    except (TypeError, ValueError, OverflowError):
        return False
