"""The query parameters of everything that answers with forecasts: small models put together."""

from typing import Any, Literal, TypeVar

from pydantic import Field, ValidationInfo, field_validator, model_validator

from api.schemas.queries import Query
from api.schemas.values import (
    HALF_WAY_ROUND_KM,
    Codes,
    Latitude,
    Longitude,
    Quantiles,
    RunOption,
    StationIds,
    TimeZone,
    refused,
)
from forecasts.parameter import PARAMETERS
from forecasts.run import HISTORY_HOURS, LEAD_HOURS, QUANTILES
from forecasts.units import UnitSystem

T = TypeVar("T")


def _not_in_tables(value: T, info: ValidationInfo) -> T:
    """Refuse what rows of hours have no place for."""
    table = info.data.get("format", "json")
    if value and table != "json":
        raise refused(f"not available with format={table}, which has the forecast only")
    return value


class ShownQuery(Query):
    """Which parameters to return, and how to write their values and times."""

    parameters: Codes = Field(
        (),
        description="Parameter codes, separated by commas. Default: all.",
        examples=[["temperature"]],
    )
    units: UnitSystem = Field(
        "metric",
        description="`us` for °F, mph, inHg, miles and inches. Pollutants stay in µg/m³; `units` "
        "of the answer names each unit.",
        examples=["us"],
    )
    timeformat: Literal["iso", "unix"] = Field(
        "iso",
        description="`iso` for RFC 3339 in the time zone of `tz`, `unix` for seconds since 1970 as "
        "whole numbers. `run` and `realtime` have RFC 3339 in both.",
        examples=["unix"],
    )
    tz: TimeZone = Field(
        "UTC",
        description="Time zone of the times: UTC, `station` (the station's own) or an IANA name.",
        examples=["America/New_York"],
    )


class PartQuery(ShownQuery):
    """Which part of a forecast to return."""

    hours: int = Field(
        LEAD_HOURS,
        ge=1,
        le=LEAD_HOURS,
        description="Number of hours, counted from the issue time.",
        examples=[6],
    )
    quantiles: Quantiles = Field(
        QUANTILES,
        description="Quantiles, separated by commas: p10, p50, p90, or 0.1, 0.5, 0.9.",
        examples=[["p50"]],
    )
    above: float | None = Field(
        None,
        description="A threshold, in the requested units: adds the chance of a value above it in "
        "each hour. Needs exactly one code in `parameters`.",
        examples=[35],
    )

    @field_validator("above")
    @classmethod
    def _of_one_parameter(cls, value: float, info: ValidationInfo) -> float:
        # If the parameters were refused, that is all there is to say.
        codes = info.data.get("parameters", [value])
        if len(codes) != 1:
            raise refused("needs exactly one parameter, such as parameters=temperature")
        if any(code in PARAMETERS and PARAMETERS[code].circular for code in codes):
            raise refused(f"{codes[0]} is a direction, of which none is above another")
        return value


class ForecastFilter(PartQuery):
    """Which part of a forecast to return, of which run, and as what."""

    run: RunOption = None
    format: Literal["json", "csv", "excel"] = Field(
        "json",
        description="`csv` has a row for each parameter and hour. `excel` is CSV as Excel reads "
        "it: with a byte order mark and times such as 2013-12-29 20:00, which are the station's "
        "own unless there is a `tz`.",
        examples=["csv"],
    )
    daily: bool = Field(
        default=False,
        description="Whether to add `daily`: what all 24 hours, and those of each of the station's "
        "local days, say about highs and lows, rain and air quality, whatever `hours` and "
        "`quantiles` are. Only available with `format=json`.",
        examples=[True],
    )

    @model_validator(mode="before")
    @classmethod
    def _local_in_excel(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("format") == "excel":
            return {"tz": "station", **data}
        return data

    @field_validator("format")
    @classmethod
    def _with_dates(cls, value: str, info: ValidationInfo) -> str:
        if value == "excel" and info.data.get("timeformat") == "unix":
            raise refused("excel has dates; not available with timeformat=unix")
        return value

    @field_validator("daily")
    @classmethod
    def _without_table(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 -- pydantic
        return _not_in_tables(value, info)

    @property
    def is_table(self) -> bool:
        """Whether rows are wanted rather than JSON."""
        return self.format != "json"

    @property
    def takes_all(self) -> bool:
        """Whether the whole forecast is wanted, as it is stored."""
        parts = PartQuery.model_fields.items()
        return not self.daily and all(getattr(self, name) == of.default for name, of in parts)


class SummaryQuery(ShownQuery):
    """The query of a station's day in numbers."""

    run: RunOption = None


class ContextQuery(PartQuery):
    """The query of a forecast from fresh readings."""

    fallback: Literal["allow", "forbid"] = Field(
        "allow",
        description="Whether the nightly forecast may replace what the real-time model could not "
        "answer. With `forbid`, the answer is a 503 instead.",
        examples=["forbid"],
    )


class PlaceQuery(PartQuery):
    """The query of a forecast for a place without a station."""

    @field_validator("tz")
    @classmethod
    def _without_station(cls, value: str) -> str:
        if value == "station":
            raise refused("there is no station here; give an IANA time zone")
        return value


class ForecastQuery(ForecastFilter):
    """The query of a station's forecast."""

    observed: int = Field(
        0,
        ge=0,
        le=HISTORY_HOURS,
        description="Number of hours of observations to return before the forecast. Only "
        "available with `format=json`.",
        examples=[48],
    )

    @field_validator("observed")
    @classmethod
    def _without_observed(cls, value: int, info: ValidationInfo) -> int:
        return _not_in_tables(value, info)

    @property
    def is_plain(self) -> bool:
        """Whether the stored answer can be sent as it is."""
        return self.takes_all and not self.is_table and not self.observed


class SeveralQuery(ForecastFilter):
    """The query of several stations."""

    stations: StationIds = Field(
        description="1 to 100 station ids, separated by commas.", examples=[["JFK", "LGA"]]
    )


class NearestQuery(ForecastFilter):
    """The query of the stations nearest to a place."""

    latitude: Latitude = Field(description="Latitude in degrees north.", examples=[40.7])
    longitude: Longitude = Field(description="Longitude in degrees east.", examples=[-74.0])
    n: int = Field(1, ge=1, le=50, description="Number of stations.", examples=[3])
    max_km: float = Field(
        HALF_WAY_ROUND_KM,
        gt=0,
        le=HALF_WAY_ROUND_KM,
        description="Largest distance, in kilometres.",
        examples=[50],
    )
