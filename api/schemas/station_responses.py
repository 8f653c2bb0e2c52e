"""The answers about stations."""

from pydantic import Field

from api.schemas.base import ParameterCode, ResponseModel


class ForecastStation(ResponseModel):
    """A station."""

    id: str = Field(description="Id of the station; it never changes.", examples=["JFK"])
    name: str = Field(description="Name of the station.", examples=["John F Kennedy Intl"])
    country: str = Field(description="ISO 3166-1 alpha-2 code, or empty.", examples=["US"])
    latitude: float = Field(
        description="Latitude in degrees north.", ge=-90, le=90, examples=[40.64]
    )
    longitude: float = Field(
        description="Longitude in degrees east.", ge=-180, le=180, examples=[-73.78]
    )
    elevation: float | None = Field(
        description="Elevation in metres above sea level.", examples=[4.0]
    )
    timezone: str = Field(description="IANA name of the time zone.", examples=["America/New_York"])
    attribution: str | None = Field(
        None,
        description="Whom to name as the source of the station's readings. Absent if not known.",
        examples=["Iowa Environmental Mesonet"],
    )
    licence: str | None = Field(
        None,
        description="Licence of the station's readings: a name or an address. Absent if not known.",
        examples=["https://creativecommons.org/licenses/by/4.0/"],
    )


class StationResponse(ForecastStation):
    """A station and its parameters."""

    parameters: list[ParameterCode] = Field(
        description="Parameter codes that the run forecasts at this station.",
        examples=[["temperature"]],
    )


class FoundStation(StationResponse):
    """A station in a list."""

    distance_km: float | None = Field(
        None,
        description="Distance in kilometres from `near`, from the coordinates in `q`, or from "
        "`place`.",
        examples=[19.2],
    )
    place: str | None = Field(
        None,
        description="The town of `q` that led to the station. Absent if the station's own name, id "
        "or country did. Names and places of towns: GeoNames, CC BY 4.0.",
        examples=["Berlin, Germany"],
    )


class StationsResponse(ResponseModel):
    """A page of stations."""

    items: list[FoundStation] = Field(
        description="The stations: the best match first, the nearest first, or in the order of the "
        "run."
    )
    next: str | None = Field(description="Cursor of the next page; null on the last page.")
    suggestions: list[str] | None = Field(
        None,
        description="If no station matches `q`: ids and names to search for instead, at most five. "
        "Otherwise absent.",
        examples=[["JFK"]],
    )
