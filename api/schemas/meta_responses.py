"""The answers about the service itself."""

from typing import Literal

from pydantic import Field

from api.schemas.base import ParameterCode, ResponseModel
from forecasts.parameter import Aggregation


class ParameterResponse(ResponseModel):
    """A parameter."""

    code: ParameterCode = Field(description="Parameter code.", examples=["pm25"])
    name: str = Field(description="Name of the parameter.", examples=["PM2.5"])
    unit: str = Field(description="Unit of all its values.", examples=["µg/m³"])
    ucum: str = Field(description="The same unit in UCUM.", examples=["ug/m3"])
    standard_name: str = Field(
        description="Its name in the Climate and Forecast conventions (CF).",
        examples=["mass_concentration_of_pm2p5_ambient_aerosol_particles_in_air"],
    )
    standard_name_uri: str = Field(
        description="Address of that name in its vocabulary.",
        examples=["http://vocab.nerc.ac.uk/standard_name/air_temperature/"],
    )
    decimals: int = Field(description="Number of decimals of its values.", examples=[1])
    minimum: float = Field(description="Smallest plausible hourly value.", examples=[0])
    maximum: float = Field(description="Largest plausible hourly value.", examples=[2000])
    aggregation: Aggregation = Field(
        description="How the readings of an hour become its value, in histories and in forecasts.",
        examples=["mean"],
    )


class ParametersResponse(ResponseModel):
    """All parameters."""

    items: list[ParameterResponse] = Field(description="The parameters: pollutants, then weather.")
    next: None = Field(None, description="Always null: there are no more pages.")


class HealthResponse(ResponseModel):
    """Says that the process answers."""

    status: Literal["ok"] = Field("ok", description="Always ok.", examples=["ok"])


class IndexResponse(ResponseModel):
    """Where to begin."""

    name: str = Field(description="Name of the service.", examples=["Stationcast"])
    links: dict[str, str] = Field(
        description="Addresses to begin with, by name.", examples=[{"docs": "/docs"}]
    )


class ProblemTypeResponse(ResponseModel):
    """A kind of problem, explained."""

    type: str = Field(description="Address of this page.", examples=["/problems/station-not-found"])
    title: str = Field(description="Name of this kind of problem.", examples=["Station not found"])
    status: int = Field(description="HTTP status of the answer.", examples=[404])
    explanation: str = Field(description="What it means and what to do about it.", examples=["…"])
