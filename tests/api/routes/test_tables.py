"""Forecasts as CSV: of several stations, of the nearest, and for Excel."""

import csv
import io

import pytest

from api.problem_types import FORECAST_DAMAGED
from forecasts.item import forecast_key
from tests.api.conftest import SECOND
from tests.api.routes.test_forecasts import JFK, reasons

SEVERAL = "/v1/forecasts?stations=ZRH,NOPE,nan:1&hours=1"
NEAREST = "/v1/forecasts/nearest?latitude=40.7&longitude=-73.8&n=2&hours=1"
COLUMNS = ["station_id", "time", "parameter", "unit", "p10", "p50", "p90", "chance", "model"]


def table(response):
    """Return the lines of a CSV, taken apart."""
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_several_stations(client):
    """There are rows for each station, in the order of the request, and for each that failed."""
    response = client.get(f"{SEVERAL}&format=csv")

    time = "2013-12-31T01:00:00Z"
    assert table(response) == [
        [*COLUMNS, "missing"],
        ["ZRH", time, "temperature", "°C", "2.1", "3.1", "4.1", "", "", ""],
        ["ZRH", time, "pm25", "µg/m³", "11.0", "12.0", "13.0", "", "reference", ""],
        ["ZRH", time, "precipitation", "mm", "0.0", "1.0", "2.0", "0.65", "", ""],
        ["ZRH", "", "pressure", "", "", "", "", "", "", "too_few_observations"],
        ["NOPE", "", "", "", "", "", "", "", "", "station-not-found"],
        ["NAN:1", time, "temperature", "°C", "2.1", "3.1", "4.1", "", "", ""],
        ["NAN:1", "", "pressure", "", "", "", "", "", "", "too_few_observations"],
    ]
    assert response.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert f'filename="forecasts-{SECOND.id}.csv"' in response.headers["content-disposition"]


def test_a_table_of_several_has_all_of_their_hours(client):
    """Without anything else, all 24 hours are in it, and each line ends as RFC 4180 says."""
    response = client.get("/v1/forecasts?stations=JFK,LGA&format=csv")

    assert len(table(response)) == 1 + 2 * (24 + 1)
    assert response.content.count(b"\n") == response.content.count(b"\r\n") == 51


def test_a_damaged_forecast_has_a_row(client, store):
    """It does not fail the others, and no cache keeps such a table."""
    item = store.get(forecast_key("ZRH", SECOND.id))
    store.put_many([item._replace(body=b"not gzip")])
    response = client.get(f"{SEVERAL}&format=csv")

    assert table(response)[1][-1] == FORECAST_DAMAGED.name
    assert response.headers["cache-control"] == "no-store"


def test_nearest(client):
    """Each row of the nearest stations has the distance."""
    rows = table(client.get(f"{NEAREST}&format=csv&parameters=temperature"))

    assert rows[0] == [*COLUMNS, "missing", "distance_km"]
    assert [(row[0], row[-1]) for row in rows[1:]] == [("JFK", "6.931"), ("LGA", "10.541")]


def test_nearest_without_a_forecast(client):
    """A station without a forecast has its distance, too."""
    rows = table(client.get(f"{NEAREST}&format=csv&parameters=co"))

    assert rows[1][0] == "SILENT"
    assert rows[1][-2:] == ["station-not-found", "0.0"]


def test_excel(client):
    """Excel gets a byte order mark, and the station's local times with their zone in a column."""
    response = client.get(f"{JFK}?format=excel&hours=1")

    assert response.content.startswith(b"\xef\xbb\xbfstation_id,")
    assert table(response) == [
        [*COLUMNS, "timezone"],
        [
            "JFK",
            "2013-12-30 20:00",
            "temperature",
            "°C",
            "2.1",
            "3.1",
            "4.1",
            "",
            "",
            "America/New_York",
        ],
    ]
    assert response.headers["content-disposition"].endswith('.csv"')


@pytest.mark.parametrize(
    ("zone", "time", "named"),
    [
        ("UTC", "2013-12-31 01:00", "UTC"),
        ("station", "2013-12-30 20:00", "America/New_York"),
        ("Asia/Kolkata", "2013-12-31 06:30", "Asia/Kolkata"),
    ],
)
def test_excel_in_another_time_zone(client, zone, time, named):
    """A time zone that is asked for is used."""
    row = table(client.get(f"{JFK}?format=excel&hours=1&tz={zone}"))[1]

    assert (row[1], row[-1]) == (time, named)


def test_excel_of_several(client):
    """Each station has its own local times."""
    rows = table(client.get(f"{SEVERAL}&format=excel&parameters=temperature"))

    assert rows[0] == [*COLUMNS, "timezone", "missing"]
    assert [(row[0], row[1], row[-2]) for row in rows[1:]] == [
        ("ZRH", "2013-12-31 02:00", "Europe/Zurich"),
        ("NOPE", "", ""),
        ("NAN:1", "2013-12-30 20:00", "America/New_York"),
    ]


def test_excel_and_utc_have_tags_of_their_own(client):
    """Times of another zone are another answer."""
    paths = [f"{JFK}?format=excel", f"{JFK}?format=excel&tz=UTC", f"{JFK}?format=csv"]

    assert len({client.get(path).headers["etag"] for path in paths}) == 3


def test_excel_has_dates(client):
    """Seconds since 1970 are refused."""
    refused = reasons(client.get(f"{JFK}?format=excel&timeformat=unix"))

    assert refused == {"format": "excel has dates; not available with timeformat=unix"}


def test_no_observations_in_tables(client):
    """A table has the forecast only."""
    refused = reasons(client.get(f"{JFK}?format=excel&observed=2"))

    assert refused == {"observed": "not available with format=excel, which has the forecast only"}


def test_times_in_seconds(client):
    """The column has whole numbers."""
    assert table(client.get(f"{JFK}?format=csv&hours=1&timeformat=unix"))[1][1] == "1388451600"


def test_chances_above_a_threshold(client):
    """They have a column if they are asked for."""
    asked = "parameters=temperature&above=3.6"
    alone = table(client.get(f"{JFK}?format=excel&hours=1&{asked}"))
    several = table(client.get(f"/v1/forecasts?stations=JFK,NOPE&format=csv&hours=1&{asked}"))

    assert alone[0] == [*COLUMNS, "above", "timezone"]
    assert alone[1][-2:] == ["0.3", "America/New_York"]
    assert several[0] == [*COLUMNS, "above", "missing"]
    assert several[1][-2:] == ["0.3", ""]
    assert several[2][-2:] == ["", "station-not-found"]
