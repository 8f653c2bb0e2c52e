"""GeoJSON of EDR: stations as features, and hours of their values as features."""

from collections.abc import Iterator, Sequence
from typing import Any

from api.edr.station_series import StationSeries
from forecasts.forecast import dumps, station_answer
from forecasts.item import StationEntry

#: Fields of a station that are somewhere else in a feature.
_ELSEWHERE = {"id", "name", "latitude", "longitude"}


def to_geojson(found: Sequence[StationSeries], base: str) -> bytes:
    """Write a feature for each station and hour; its properties have the values.

    Args:
        found: The stations.
        base: Address of the collection, to which `/locations/{id}` is added.
    """
    features = [feature for each in found for feature in _hours(each, f"{base}/locations/")]
    series = dict.fromkeys(each for one in found for each in one.values)
    run = {"run": found[0].run} if found[0].run else {}
    return dumps(
        {
            "type": "FeatureCollection",
            "features": features,
            "parameters": [{**each.to_covjson(), "id": each.name} for each in series],
            "numberReturned": len(features),
            **run,
        }
    )


def _hours(found: StationSeries, locations: str) -> Iterator[dict[str, Any]]:
    station = found.about
    names = [series.name for series in found.values]
    common = _feature(station, names, locations)
    for hour, time in enumerate(found.times):
        values = {each.name: values[hour] for each, values in found.values.items()}
        properties = {**common["properties"], "datetime": time, **values}
        yield {**common, "id": f"{station['id']}/{time}", "properties": properties}


def station_feature(entry: StationEntry, names: Sequence[str], hours: str, base: str) -> bytes:
    """Write a station as a feature.

    Args:
        entry: The station.
        names: Its parameters.
        hours: The first and the last time that there are values of, with a slash.
        base: Address of the collection.
    """
    feature = _feature(station_answer(entry.station), names, f"{base}/locations/")
    feature["properties"]["datetime"] = hours
    return dumps(feature)


def _feature(station: dict[str, Any], names: Sequence[str], locations: str) -> dict[str, Any]:
    """Describe a station as EDR wants it, and what else is known of it."""
    others = {name: value for name, value in station.items() if name not in _ELSEWHERE}
    return {
        "type": "Feature",
        "id": station["id"],
        "geometry": {
            "type": "Point",
            "coordinates": [station["longitude"], station["latitude"]],
        },
        "properties": {
            "label": station["name"] or station["id"],
            "datetime": "",
            "parameter-name": names,
            "edrqueryendpoint": locations + station["id"],
            **others,
        },
    }
