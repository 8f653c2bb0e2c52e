"""The answers of OGC API EDR. They are written without these models; tests hold them to these."""

from typing import Any, Literal

from pydantic import Field

from api.schemas.base import ResponseModel, Time
from api.schemas.run_responses import ForecastRun
from api.schemas.station_responses import ForecastStation


class EDRLink(ResponseModel):
    """A link."""

    href: str = Field(description="Address.", examples=["http://127.0.0.1:8000/edr/collections"])
    rel: str = Field(description="What it leads to.", examples=["data"])
    type: str = Field(description="Media type of what is there.", examples=["application/json"])
    title: str = Field(description="Words for it.", examples=["The collections"])


class EDRQueryLink(EDRLink):
    """A link to a query."""

    variables: dict[str, Any] = Field(
        description="What the query takes: `query_type`, `output_formats`, `crs_details`.",
        examples=[{"query_type": "position"}],
    )


class EDRDataQuery(ResponseModel):
    """A query of a collection."""

    link: EDRQueryLink = Field(description="Where it is.")


class EDRLandingPage(ResponseModel):
    """Where to begin."""

    title: str = Field(description="Name of the service.", examples=["Stationcast"])
    description: str = Field(description="What it has.", examples=["Forecasts"])
    keywords: list[str] = Field(description="Words for it.", examples=[["weather"]])
    links: list[EDRLink] = Field(description="OpenAPI, conformance and collections.")


class EDRConformance(ResponseModel):
    """What is kept of the standard."""

    conforms_to: list[str] = Field(
        alias="conformsTo",
        description="Classes of requirements.",
        examples=[["https://www.opengis.net/spec/ogcapi-edr-1/1.2/conf/core"]],
    )


class EDRSpatialExtent(ResponseModel):
    """Where a collection has stations."""

    bbox: list[list[float]] = Field(
        description="Box of degrees: west, south, east, north.", examples=[[[-75, 40, -73, 41]]]
    )
    crs: str = Field(description="Its reference system.", examples=["OGC:CRS84"])


class EDRTemporalExtent(ResponseModel):
    """When a collection has values."""

    interval: list[list[Time]] = Field(
        description="First and last hour, by their ends, UTC.",
        examples=[[["2013-12-30T01:00:00Z", "2013-12-31T00:00:00Z"]]],
    )
    values: list[str] = Field(
        description="All hours, as a repeating interval.",
        examples=[["R23/2013-12-30T01:00:00Z/PT1H"]],
    )
    trs: str = Field(description="Its reference system.", examples=["TIMECRS[…]"])


class EDRExtent(ResponseModel):
    """Where and when a collection has values."""

    spatial: EDRSpatialExtent = Field(description="Where.")
    temporal: EDRTemporalExtent = Field(description="When.")


class EDRCollection(ResponseModel):
    """A collection, or one instance of it."""

    id: str = Field(description="Its id.", examples=["forecasts"])
    title: str = Field(description="Its name.", examples=["Forecasts of stations"])
    description: str = Field(description="What it has.", examples=["Hourly forecasts"])
    keywords: list[str] = Field(description="Words for it.", examples=[["forecasts"]])
    links: list[EDRLink] = Field(description="To itself, and to its stations.")
    extent: EDRExtent = Field(description="Where and when it has values.")
    data_queries: dict[str, EDRDataQuery] = Field(description="What can be asked of it, by kind.")
    crs: list[str] = Field(description="Its reference systems.", examples=[["OGC:CRS84"]])
    output_formats: list[str] = Field(
        description="Formats of its values.", examples=[["CoverageJSON"]]
    )
    parameter_names: dict[str, dict[str, Any]] = Field(
        description="Its parameters by name, each with label, unit (UCUM), property (CF) and how "
        "an hour's value comes about.",
        examples=[{"temperature_p50": {"type": "Parameter"}}],
    )


class EDRCollections(ResponseModel):
    """The collections."""

    links: list[EDRLink] = Field(description="To this list.")
    collections: list[EDRCollection] = Field(description="The collections.")


class EDRInstances(ResponseModel):
    """The instances of a collection."""

    links: list[EDRLink] = Field(description="To this list.")
    instances: list[EDRCollection] = Field(description="The instances, newest first.")


class EDRStation(ForecastStation):
    """A station of a coverage."""

    distance_km: float | None = Field(
        None,
        description="Distance from the requested point, in kilometres. Absent if there is none.",
        examples=[11.2],
    )


class EDRRange(ResponseModel):
    """The values of a parameter."""

    type: Literal["NdArray"] = Field(description="Kind of array.", examples=["NdArray"])
    data_type: Literal["float"] = Field(
        alias="dataType", description="Kind of value.", examples=["float"]
    )
    axis_names: list[str] = Field(alias="axisNames", description="Its axis.", examples=[["t"]])
    shape: list[int] = Field(description="Number of values.", examples=[[24]])
    values: list[float | None] = Field(
        description="One for each time; null for an hour without observations.", examples=[[3.6]]
    )


class EDRAxis(ResponseModel):
    """The values of an axis."""

    values: list[float | str] = Field(
        description="Degrees, or the ends of the hours, UTC.", examples=[["2013-12-30T01:00:00Z"]]
    )


class EDRDomain(ResponseModel):
    """Where and when the values are."""

    type: Literal["Domain"] = Field(description="Kind of object.", examples=["Domain"])
    domain_type: Literal["PointSeries"] = Field(
        alias="domainType", description="A place, and times.", examples=["PointSeries"]
    )
    axes: dict[str, EDRAxis] = Field(
        description="x: longitude, y: latitude, t: times.", examples=[{"x": {"values": [-73.78]}}]
    )
    referencing: list[dict[str, Any]] = Field(
        description="Reference systems of the axes.", examples=[[{"coordinates": ["t"]}]]
    )


_PARAMETERS = Field(
    description="What the parameters are, by name.",
    examples=[{"temperature_p50": {"type": "Parameter"}}],
)
_CONTEXT = Field(
    alias="@context",
    description="What the names of members mean.",
    examples=[["https://covjson.org/context.jsonld"]],
)


class EDRCoverage(ResponseModel):
    """The values of a station: CoverageJSON."""

    context: list[Any] = _CONTEXT
    type: Literal["Coverage"] = Field(description="Kind of object.", examples=["Coverage"])
    id: str = Field(description="Id of the station.", examples=["JFK"])
    domain: EDRDomain = Field(description="The place and the times of the values.")
    ranges: dict[str, EDRRange] = Field(description="The values of each parameter.")
    station: EDRStation = Field(alias="stationcast:station", description="The station.")
    run: ForecastRun | None = Field(
        None, alias="stationcast:run", description="The run of a forecast. Absent of observations."
    )


class EDRSingleCoverage(EDRCoverage):
    """The values of one station: CoverageJSON."""

    parameters: dict[str, dict[str, Any]] = _PARAMETERS


class EDRCoverageCollection(ResponseModel):
    """The values of several stations: CoverageJSON."""

    context: list[Any] = _CONTEXT
    type: Literal["CoverageCollection"] = Field(
        description="Kind of object.", examples=["CoverageCollection"]
    )
    domain_type: Literal["PointSeries"] = Field(
        alias="domainType", description="A place, and times, for each.", examples=["PointSeries"]
    )
    parameters: dict[str, dict[str, Any]] = _PARAMETERS
    coverages: list[EDRCoverage] = Field(description="The stations.")


class EDRPoint(ResponseModel):
    """Where a station is."""

    type: Literal["Point"] = Field(description="Kind of geometry.", examples=["Point"])
    coordinates: list[float] = Field(
        description="Longitude and latitude in degrees.", examples=[[-73.78, 40.64]]
    )


class EDRFeature(ResponseModel):
    """A station: GeoJSON."""

    type: Literal["Feature"] = Field(description="Kind of object.", examples=["Feature"])
    id: str = Field(description="Id of the station.", examples=["JFK"])
    geometry: EDRPoint = Field(description="Where it is.")
    properties: dict[str, Any] = Field(
        description="`label`, `datetime` (the hours), `parameter-name`, `edrqueryendpoint` (the "
        "address of its values), `country`, `elevation`, `timezone`, and whom to name.",
        examples=[{"label": "John F Kennedy Intl"}],
    )


class EDRLocations(ResponseModel):
    """The stations: GeoJSON."""

    type: Literal["FeatureCollection"] = Field(
        description="Kind of object.", examples=["FeatureCollection"]
    )
    features: list[EDRFeature] = Field(description="The stations.")
    number_matched: int = Field(
        alias="numberMatched", description="Number of stations of all pages.", examples=[11000]
    )
    number_returned: int = Field(
        alias="numberReturned", description="Number of stations of this page.", examples=[10]
    )
    links: list[EDRLink] = Field(description="To this page, and to the next one (`next`).")
