"""LoadForecasts: turns a part of the transform's output into items of the table.

Stations are matched by id, never by position. Unreadable lines, stations that the model refused,
unknown and missing stations are counted and named; CheckRun decides what they mean for the run.
Readers see none of these items before the run is published.
"""

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from batch_jobs.histories import packed_histories
from batch_jobs.load_report import LoadReport, ParameterStats
from batch_jobs.plan_run import Part
from forecasts.forecast import Forecast
from forecasts.item import (
    Item,
    StationEntry,
    catalogue_item,
    forecast_item,
    map_item,
    packed_history_item,
)
from forecasts.parameter import PARAMETERS
from forecasts.run import LEAD_HOURS, QUANTILES, Run
from forecasts.station import Station
from forecasts.stores.protocol import Store

INVALID = "invalid_forecast"


def load_forecasts(
    store: Store, run: Run, part: Part, transform_input: bytes, transform_output: bytes
) -> LoadReport:
    """Put the forecasts, histories, catalogue and map of one part; a repetition changes nothing.

    Args:
        store: Takes the items.
        run: The run.
        part: The stations.
        transform_input: The part's input lines, which have the histories.
        transform_output: The part's output lines.

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
    """Yield the items of every station that has an output line, and append to *loaded*."""
    lines = [
        line
        for line in map(orjson.loads, transform_input.splitlines())
        if line["station_id"] in outputs
    ]
    for line, packed in zip(lines, packed_histories(lines), strict=True):
        station_id = line["station_id"]
        forecast = _forecast(run, stations[station_id], outputs[station_id], report)
        # The same bytes as `to_body`, which may not import orjson, in a tenth of its time.
        yield forecast_item(station_id, run, orjson.dumps(forecast.to_answer()))
        yield packed_history_item(station_id, run, packed)
        loaded.append(forecast)


def _overview(run: Run, part: Part, loaded: Sequence[Forecast]) -> Iterator[Item]:
    """Yield the items that cover all stations of a part: its catalogue, and a map per parameter."""
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
        # SageMaker adds a newline to each answer of the model, which already ends with one.
        if not text.strip():
            continue
        where = f"{part.name}.out:{number}"
        try:
            line = _parse(text)
            station_id = line["station_id"]
        except (ValueError, KeyError, TypeError) as error:
            report.fault("bad_line", f"{where}: {error!r}")
            continue
        if station_id not in stations:
            report.fault("unknown_station", f"{where}: station {station_id!r} is not in this part")
        elif station_id in outputs:
            report.fault("duplicate_station", f"{where}: a second line for station {station_id!r}")
        else:
            outputs[station_id] = line
    return outputs


def _parse(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        # Python writes NaN, which is not JSON: one bad series must not cost the whole station.
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
            report.fault(
                INVALID,
                f"station {station.id}: {code} does not have 24 finite values for each quantile",
            )
    report.stations += 1
    report.missing.update(missing.values())
    model = output.get("model", run.model)
    return Forecast(station, run.id, run.issue_time, model, values, missing)


def _is_whole(quantiles: object) -> bool:
    """Tell whether there are 24 finite numbers for each quantile."""
    if not isinstance(quantiles, dict) or tuple(quantiles) != QUANTILES:
        return False
    try:
        return all(
            len(hours) == LEAD_HOURS and math.isfinite(math.fsum(hours))
            for hours in quantiles.values()
        )
    except (TypeError, ValueError, OverflowError):
        return False
