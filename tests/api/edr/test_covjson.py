"""CoverageJSON of forecasts."""

import json

import pytest
from covjson_pydantic.coverage import Coverage
from hypothesis import given

from api.edr.covjson import coverage, stored_to_covjson
from api.edr.parameters import FORECAST
from api.edr.station_series import forecast_of
from forecasts.errors import FormatError
from forecasts.gzip_bodies import compress
from tests.factories import a_forecast, a_station, forecasts


@given(forecasts())
def test_both_ways_are_the_same(forecast):
    """A stored forecast that is not read gives the same coverage as one that is."""
    body = compress(forecast.to_body())
    expected = json.loads(coverage(forecast_of(body, FORECAST.values(), None)))

    assert json.loads(stored_to_covjson(body)) == expected


def test_a_name_like_a_forecast():
    """A station's name is never taken for something else."""
    name = '","run":{"x":[1]},"values":{"pm25":{"p50":[9]}},"time":[],"units":{} \\'
    coverage_json = stored_to_covjson(compress(a_forecast(station=a_station(name=name)).to_body()))

    assert json.loads(coverage_json)["stationcast:station"]["name"] == name
    assert list(json.loads(coverage_json)["ranges"]) == [
        "temperature_p10",
        "temperature_p50",
        "temperature_p90",
    ]
    Coverage.model_validate_json(coverage_json)


@pytest.mark.parametrize("body", [b"not gzip", compress(b"{}"), compress(b'{"station":{}}')])
def test_damaged(body):
    """A body that is no forecast is refused."""
    with pytest.raises(FormatError):
        stored_to_covjson(body)
