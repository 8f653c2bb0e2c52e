"""CoverageJSON: the values of a station as a PointSeries, those of several as a collection."""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from json import loads
from typing import Any

from api.edr.parameters import FORECAST, Series
from api.edr.station_series import StationSeries
from forecasts.errors import FormatError
from forecasts.forecast import dumps
from forecasts.gzip_bodies import decompress
from forecasts.run import LEAD_HOURS

#: Members of our own have a prefix, as CoverageJSON wants, which is explained here.
_CONTEXT = ["https://covjson.org/context.jsonld", {"stationcast": "urn:stationcast:"}]

_REFERENCING = [
    {
        "coordinates": ["x", "y"],
        "system": {"type": "GeographicCRS", "id": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"},
    },
    {"coordinates": ["t"], "system": {"type": "TemporalRS", "calendar": "Gregorian"}},
]


def coverage(found: StationSeries) -> bytes:
    """Write the values of one station."""
    return dumps({**_coverage(found), "parameters": _parameters([found])})


def coverage_collection(found: Sequence[StationSeries]) -> bytes:
    """Write the values of several stations."""
    return dumps(
        {
            "@context": _CONTEXT,
            "type": "CoverageCollection",
            "domainType": "PointSeries",
            "parameters": _parameters(found),
            "coverages": [_coverage(each) for each in found],
        }
    )


def _coverage(found: StationSeries) -> dict[str, Any]:
    station = found.station
    axes = {
        "x": {"values": [station["longitude"]]},
        "y": {"values": [station["latitude"]]},
        "t": {"values": found.times},
    }
    run = {} if found.run is None else {"stationcast:run": found.run}
    return {
        "@context": _CONTEXT,
        "type": "Coverage",
        "id": station["id"],
        "domain": {
            "type": "Domain",
            "domainType": "PointSeries",
            "axes": axes,
            "referencing": _REFERENCING,
        },
        "ranges": {
            series.name: {**_range(len(values)), "values": values}
            for series, values in found.values.items()
        },
        "stationcast:station": found.about,
        **run,
    }


def _parameters(found: Sequence[StationSeries]) -> dict[str, Any]:
    series = dict.fromkeys(each for one in found for each in one.values)
    return {each.name: each.to_covjson() for each in series}


def _range(length: int) -> dict[str, Any]:
    return {"type": "NdArray", "dataType": "float", "axisNames": ["t"], "shape": [length]}


#: In a stored answer: an array, its name, and for the first array of a parameter also its code.
_ARRAY = re.compile(rb'"(\w+)":(?:\{"(\w+)":)?(\[[^]]*\])')


def stored_to_covjson(body: bytes) -> bytes:
    """Write the whole stored forecast of a station as a coverage, as `coverage` writes it.

    It is put together of the parts of the stored answer, whose numbers are not read: that takes a
    fifth of the time.

    Args:
        body: Body of a forecast item, as `forecasts.forecast.Forecast.to_body` writes it, gzip.

    Raises:
        FormatError: *body* is damaged.
    """
    answer = decompress(body)
    # Within a string, a quote has a backslash before it: no mark is found in the name of a station.
    marks = (b',"run":{', b',"source":"', b',"time":[', b',"units":{', b',"values":{')
    places = [answer.find(mark) for mark in marks]
    if -1 in places or places != sorted(places):
        raise FormatError("not a forecast: its fields are others, or in another order")
    station, run, time, units, values = places
    about = answer[len(b'{"station":') : station]
    place = loads(about)
    arrays = list(_arrays(answer[values + len(marks[-1]) :]))
    ranges = (b'%s,"values":%s}' % (_range_begin(series), array) for series, array in arrays)
    parts = (
        *(_BEGIN, b',"id":', dumps(place["id"]), _X, dumps(place["longitude"])),
        *(_Y, dumps(place["latitude"]), _T, answer[time + len(b',"time":') : units], _REFERENCES),
        *(b',"ranges":{', b",".join(ranges), b'},"stationcast:station":', about),
        *(b',"stationcast:run":', answer[station + len(b',"run":') : run]),
        *(b',"parameters":', _described(tuple(series for series, _ in arrays)), b"}"),
    )
    return b"".join(parts)


_BEGIN = b'{"@context":%s,"type":"Coverage"' % dumps(_CONTEXT)
_X = b',"domain":{"type":"Domain","domainType":"PointSeries","axes":{"x":{"values":['
_Y = b']},"y":{"values":['
_T = b']},"t":{"values":'
_REFERENCES = b'}},"referencing":%s}' % dumps(_REFERENCING)


@cache
def _range_begin(series: Series) -> bytes:
    return b'"%s":%s' % (series.name.encode(), dumps(_range(LEAD_HOURS))[:-1])


@lru_cache(maxsize=64)  # a network has few kinds of stations
def _described(series: tuple[Series, ...]) -> bytes:
    return dumps({each.name: each.to_covjson() for each in series})


def _arrays(values: bytes) -> Iterator[tuple[Series, bytes]]:
    """Yield the arrays of the values of a stored answer, with what each is of."""
    code = ""
    for name, first, array in _ARRAY.findall(values):
        code, level = (name.decode(), first.decode()) if first else (code, name.decode())
        yield FORECAST[f"{code}_{level}"], array
