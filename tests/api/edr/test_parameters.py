"""The parameters of EDR collections."""

import pytest
from edr_pydantic.parameter import Parameter

from api.edr.parameters import FORECAST, OBSERVED, chosen
from api.errors import InvalidError


def test_names():
    """Quantiles are parameters of their own, and so is the chance of rain."""
    assert list(FORECAST)[:3] == ["pm25_p10", "pm25_p50", "pm25_p90"]
    assert "precipitation_chance" in FORECAST
    assert "temperature_chance" not in FORECAST
    assert "temperature" in OBSERVED


@pytest.mark.parametrize("name", [*FORECAST, *OBSERVED])
def test_descriptions(name):
    """Each has its unit in UCUM and its property in CF."""
    series = {**FORECAST, **OBSERVED}[name]
    described = series.to_edr()

    Parameter.model_validate(described)
    assert described["unit"]["symbol"]["value"]
    assert described["observedProperty"]["id"].startswith("http://vocab.nerc.ac.uk/")
    assert series.to_covjson()["unit"]["symbol"]["value"] == described["unit"]["symbol"]["value"]


def test_a_chance_has_no_unit():
    """A chance is a share."""
    assert FORECAST["precipitation_chance"].to_edr()["unit"]["symbol"]["value"] == "1"
    assert FORECAST["precipitation_p50"].to_edr()["unit"]["symbol"]["value"] == "mm"


def test_directions_have_arcs():
    """The quantiles of a direction have no order."""
    assert "arc" in FORECAST["wind_direction_p10"].to_edr()["description"]


def test_chosen():
    """Names are taken in the order of the catalogue; none stands for all."""
    names = ["temperature_p90", "temperature_p10"]

    assert [each.name for each in chosen(names, FORECAST)] == names[::-1]
    assert chosen([], OBSERVED) == list(OBSERVED.values())
    with pytest.raises(InvalidError, match="did you mean 'temperature_p50'"):
        chosen(["temprature_p50"], FORECAST)
    with pytest.raises(InvalidError, match=r"no parameter 'xyz'$"):
        chosen(["xyz"], FORECAST)
