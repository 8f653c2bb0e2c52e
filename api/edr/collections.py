"""What EDR says about itself: the landing page, its conformance, its collections and instances."""

from collections.abc import Iterable, Sequence
from typing import Any

from api.edr.parameters import Series, forecast_series, observed_series
from api.edr.station_series import observed_times
from api.http.documentation import COVERAGE_JSON, GEOJSON
from api.reading.station_index import StationIndex
from api.schemas.edr_queries import CRS, KILOMETRES
from forecasts.forecast import valid_times
from forecasts.run import Run, issue_time_of

FORECASTS, OBSERVATIONS = "forecasts", "observations"
COLLECTIONS = (FORECASTS, OBSERVATIONS)

#: The classes of the standard that are kept.
_CLASSES = (
    *("core", "collections", "instances", "queries"),
    *("json", "covjson", "edr-geojson", "oas31"),
)
_COMMON = ("1/1.0/conf/core", "2/1.0/conf/collections", "1/1.0/conf/json")

_WKT = (
    'GEOGCS["WGS 84 (CRS84)",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AXIS["Longitude",EAST],'
    'AXIS["Latitude",NORTH],AUTHORITY["OGC","CRS84"]]'
)
_TRS = (
    'TIMECRS["DateTime",TDATUM["Gregorian Calendar"],CS[TemporalDateTime,1],'
    'AXIS["Time (T)",future]]'
)
_FORMATS = ["CoverageJSON", "GeoJSON", "CSV"]
_JSON = "application/json"
_WORLD = [-180.0, -90.0, 180.0, 90.0]

_TITLES = {
    FORECASTS: "Forecasts of stations",
    OBSERVATIONS: "Observations of stations",
}
_DESCRIPTIONS = {
    FORECASTS: "Hourly forecasts of the next 24 hours, made every night: p10, p50 and p90 of each "
    "parameter. Instances are the nightly runs.",
    OBSERVATIONS: "Hourly observations of the 168 hours that the forecasts were made from.",
}
_QUERIES = {
    "position": "The station nearest to each point, with its distance",
    "radius": "The stations around a point, the nearest first, with their distances",
    "area": "The stations in an area",
    "locations": "All stations, or the values of one of them",
}


def landing_page(edr: str) -> dict[str, Any]:
    """Make the landing page.

    Args:
        edr: Address of the landing page.
    """
    root = edr.removesuffix("/edr")
    openapi = "application/vnd.oai.openapi+json;version=3.1"
    return {
        "title": "Stationcast",
        "description": "Forecasts and observations of weather and air-quality stations.",
        "keywords": ["weather", "air quality", "forecast", "station"],
        "links": [
            _link(edr, "self", _JSON, "This page"),
            _link(f"{root}/openapi.json", "service-desc", openapi, "The API in OpenAPI 3.1"),
            _link(f"{root}/docs", "service-doc", "text/html", "The API, to try"),
            _link(f"{edr}/conformance", "conformance", _JSON, "What is kept of the standard"),
            _link(f"{edr}/collections", "data", _JSON, "The collections"),
        ],
    }


def conformance() -> dict[str, Any]:
    """List the classes of requirements that are kept."""
    own = [f"https://www.opengis.net/spec/ogcapi-edr-1/1.2/conf/{name}" for name in _CLASSES]
    common = [f"https://www.opengis.net/spec/ogcapi-common-{name}" for name in _COMMON]
    return {"conformsTo": [*own, *common]}


def collections(edr: str, described: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """List the collections.

    Args:
        edr: Address of the landing page.
        described: The collections.
    """
    links = [_link(f"{edr}/collections", "self", _JSON, "The collections")]
    return {"links": links, "collections": described}


def collection(edr: str, name: str, run: Run, index: StationIndex) -> dict[str, Any]:
    """Describe a collection as it is in the published run.

    Args:
        edr: Address of the landing page.
        name: `forecasts` or `observations`.
        run: The run.
        index: Its stations.
    """
    return _described(f"{edr}/collections/{name}", name, name, run, _box(index))


def instances(edr: str, runs: Iterable[Run]) -> dict[str, Any]:
    """List the published runs.

    Args:
        edr: Address of the landing page.
        runs: The runs.
    """
    address = f"{edr}/collections/{FORECASTS}/instances"
    return {
        "links": [_link(address, "self", _JSON, "The published runs")],
        "instances": [instance(edr, run) for run in runs],
    }


def instance(edr: str, run: Run) -> dict[str, Any]:
    """Describe a published run; where its stations are is not looked up.

    Args:
        edr: Address of the landing page.
        run: The run.
    """
    address = f"{edr}/collections/{FORECASTS}/instances/{run.id}"
    return _described(address, run.id, FORECASTS, run, _WORLD)


def series_of(name: str, codes: Iterable[str]) -> list[Series]:
    """List the parameters that a collection has of *codes*."""
    return forecast_series(codes) if name == FORECASTS else observed_series(codes)


def times_of(name: str, run_id: str) -> Sequence[str]:
    """List the ends of the hours of a collection in a run, RFC 3339 UTC."""
    return valid_times(issue_time_of(run_id)) if name == FORECASTS else observed_times(run_id)


def _described(
    address: str, own_id: str, name: str, run: Run, box: Sequence[float]
) -> dict[str, Any]:
    times = times_of(name, run.id)
    queries = {kind: {"link": _query(f"{address}/{kind}", kind)} for kind in _QUERIES}
    if own_id == FORECASTS:
        queries["instances"] = {"link": _query(f"{address}/instances", "instances")}
    title = _TITLES[name] if own_id == name else f"{_TITLES[name]}, run {run.id}"
    notice = f" {run.notice}" if run.notice else ""
    return {
        "id": own_id,
        "title": title,
        "description": _DESCRIPTIONS[name] + notice,
        "keywords": ["weather", "air quality", name],
        "links": [
            _link(address, "self", _JSON, title),
            _link(f"{address}/locations", "data", GEOJSON, "The stations"),
        ],
        "extent": {
            "spatial": {"bbox": [box], "crs": CRS},
            "temporal": {
                "interval": [[times[0], times[-1]]],
                "values": [f"R{len(times) - 1}/{times[0]}/PT1H"],
                "trs": _TRS,
            },
        },
        "data_queries": queries,
        "crs": [CRS],
        "output_formats": _FORMATS,
        "parameter_names": {each.name: each.to_edr() for each in series_of(name, run.parameters)},
    }


def _query(address: str, kind: str) -> dict[str, Any]:
    formats = _FORMATS if kind != "instances" else ["json"]
    title = _QUERIES.get(kind, "The published runs")
    return {
        **_link(address, "data", COVERAGE_JSON if kind in _QUERIES else _JSON, title),
        "variables": {
            "title": title,
            "description": title,
            "query_type": kind,
            "output_formats": formats,
            "default_output_format": formats[0],
            "crs_details": [{"crs": CRS, "wkt": _WKT}],
            **({"within_units": list(KILOMETRES)} if kind == "radius" else {}),
        },
    }


def _box(index: StationIndex) -> list[float]:
    """Return the box of the stations: west, south, east, north, in degrees."""
    places = [(e.station.longitude, e.station.latitude) for e in index.entries]
    if not places:
        return _WORLD
    longitudes, latitudes = zip(*places, strict=True)
    return [min(longitudes), min(latitudes), max(longitudes), max(latitudes)]


def _link(href: str, rel: str, media_type: str, title: str) -> dict[str, Any]:
    return {"href": href, "rel": rel, "type": media_type, "title": title}
