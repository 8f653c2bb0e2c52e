"""The query parameters of OGC API EDR, whose names are those of the standard."""

from collections.abc import Callable, Iterable
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from api.schemas.box import Box
from api.schemas.intervals import Interval, intervals_of
from api.schemas.queries import PagedQuery, Query
from api.schemas.values import MOST_STATIONS, Sides, refused
from api.schemas.wkt import Area, Position, area_of, points_of

CRS: Final = "OGC:CRS84"

#: Kilometres of each unit of `within-units`.
KILOMETRES = {"km": 1.0, "m": 0.001, "mi": 1.609344}

#: The largest radius.
MOST_KM = 1000


def _listed(values: Iterable[str]) -> list[str]:
    return [part.strip() for value in values for part in value.split(",")]


def _readable(read: Callable[[str], object]) -> AfterValidator:
    """Refuse a text that *read* does not read, for the reason that it gives."""

    def check(text: str) -> str:
        try:
            read(text)
        except ValueError as error:
            raise refused(str(error)) from error
        return text

    return AfterValidator(check)


Names = Annotated[
    tuple[str, ...],
    Field(
        alias="parameter-name",
        max_length=100,
        description="Names of parameters, separated by commas; the collection lists them. Default: "
        "all.",
        examples=[["temperature_p50"]],
    ),
    BeforeValidator(_listed),
]
Times = Annotated[
    Annotated[str, _readable(intervals_of)] | None,
    Field(
        description="A time, several with commas, an interval, or one that is open at one end: "
        "RFC 3339. An hour counts if its end is within.",
        examples=["2013-12-30T06:00:00Z/.."],
    ),
]
Crs = Annotated[
    Literal["OGC:CRS84"],
    Field(description="Degrees, longitude first: the only reference system.", examples=[CRS]),
]
Points = Annotated[
    str,
    _readable(points_of),
    Field(
        description="POINT(longitude latitude) or MULTIPOINT of up to 20, in Well Known Text.",
        examples=["POINT(-73.9 40.7)"],
    ),
]


class MetadataQuery(Query):
    """The query of what describes the service and its collections."""

    f: Literal["json"] = Field("json", description="The format; there is one.", examples=["json"])


class SelectionQuery(Query):
    """What is asked of a collection: which parameters, and which hours."""

    parameter_name: Names = ()
    datetime: Times = None
    crs: Crs = CRS

    @property
    def intervals(self) -> list[Interval] | None:
        """The intervals of `datetime`; None for all times."""
        return intervals_of(self.datetime) if self.datetime else None


class LocationsQuery(SelectionQuery, PagedQuery):
    """The query of the list of stations."""

    bbox: Sides | None = Field(
        None,
        description="minLon,minLat,maxLon,maxLat in degrees. If the box crosses the date line, "
        "minLon is greater than maxLon.",
        examples=[[-75, 40, -73, 41]],
    )
    limit: int | None = Field(  # type: ignore[assignment]
        None, ge=1, description="Number of stations in a page. Default: all.", examples=[10]
    )
    f: Literal["GeoJSON"] = Field(
        "GeoJSON", description="The format; there is one.", examples=["GeoJSON"]
    )

    @property
    def box(self) -> Box | None:
        """The box of `bbox`."""
        return Box(*self.bbox) if self.bbox else None


class LocationQuery(SelectionQuery):
    """The query of the values of a station."""

    f: Literal["CoverageJSON", "GeoJSON", "CSV"] = Field(
        "CoverageJSON",
        description="The format. GeoJSON has a feature, and CSV a row, for each station and hour.",
        examples=["CSV"],
    )


class SeveralQuery(LocationQuery):
    """The query of the values of several stations."""

    limit: int | None = Field(
        None,
        ge=1,
        description=f"The most stations; an answer has at most {MOST_STATIONS}.",
        examples=[10],
    )


class PositionQuery(SeveralQuery):
    """The query of the stations nearest to points."""

    coords: Points

    @property
    def points(self) -> tuple[Position, ...]:
        """The points of `coords`."""
        return points_of(self.coords)


class RadiusQuery(SeveralQuery):
    """The query of the stations around a point."""

    coords: Annotated[Points, Field(description="POINT(longitude latitude), in Well Known Text.")]
    within_units: Literal["km", "m", "mi"] = Field(
        alias="within-units", description="The unit of `within`.", examples=["km"]
    )
    within: float = Field(gt=0, description=f"The radius; at most {MOST_KM} km.", examples=[50])

    @field_validator("coords")
    @classmethod
    def _is_one_point(cls, value: str) -> str:
        if len(points_of(value)) > 1:
            raise refused("one point is expected: POINT(-73.9 40.7)")
        return value

    @field_validator("within")
    @classmethod
    def _is_near(cls, value: float, info: ValidationInfo) -> float:
        if value * KILOMETRES[info.data.get("within_units", "km")] > MOST_KM:
            raise refused(f"at most {MOST_KM} km")
        return value

    @property
    def point(self) -> Position:
        """The point of `coords`."""
        return points_of(self.coords)[0]

    @property
    def km(self) -> float:
        """The radius in kilometres."""
        return self.within * KILOMETRES[self.within_units]


class AreaQuery(SeveralQuery):
    """The query of the stations in an area."""

    coords: Annotated[str, _readable(area_of)] = Field(
        description="POLYGON or MULTIPOLYGON in Well Known Text, longitude first, of up to 200 "
        "corners.",
        examples=["POLYGON((-75 40,-73 40,-73 41,-75 41,-75 40))"],
    )

    @property
    def area(self) -> Area:
        """The area of `coords`."""
        return area_of(self.coords)
