"""The files for Grafana and Home Assistant ask the server what it answers.

Selectors and templates are evaluated as those programs do, by the languages that they use: JSONata
and Jinja.
"""

import csv
import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import httpx
import jsonata
import pytest
import yaml
from jinja2.sandbox import SandboxedEnvironment

EXAMPLES = Path(__file__).parents[1] / "examples"
DASHBOARD = json.loads((EXAMPLES / "grafana" / "dashboard.json").read_text())
VARIABLES = {each["name"]: each for each in DASHBOARD["templating"]["list"]}
REST = yaml.safe_load((EXAMPLES / "home-assistant" / "stationcast.yaml").read_text())["rest"]

#: Five o'clock in the night of the run.
FIVE = datetime(2013, 12, 30, 5, 10, tzinfo=UTC)

CONVERTED = {"number": float, "timestamp": datetime.fromisoformat, "string": str}


def rows_of(query, api_url):
    """Ask what a query of the Infinity data source asks; return the text of each column by row."""
    values = {"url": api_url, "station": "JFK", "parameter": "temperature"}
    url = query["url"]
    for name, value in values.items():
        url = url.replace(f"${{{name}}}", value)
    answer = httpx.get(url).raise_for_status()
    if query["type"] == "csv":
        rows = list(csv.DictReader(StringIO(answer.text)))
        return [{one["text"]: row[one["selector"]] for one in query["columns"]} for row in rows]
    found = evaluated(query["root_selector"] or "$", answer.json())
    rows = found if isinstance(found, list) else [found]
    return [
        {one["text"]: evaluated(one["selector"], row) for one in query["columns"]} for row in rows
    ]


def evaluated(expression, document):
    """Return what a JSONata expression selects."""
    return jsonata.Jsonata(expression).evaluate(document)


@pytest.mark.parametrize("panel", DASHBOARD["panels"], ids=lambda panel: panel["title"])
def test_panels_of_grafana(panel, api_url):
    """Every column of every panel is there, and is what it is declared to be."""
    (query,) = panel["targets"]
    rows = rows_of(query, api_url)

    assert len(rows) == {"timeseries": 24, "geomap": 3}.get(panel["type"], len(rows)) > 0
    for row in rows:
        for column in query["columns"]:
            # Only runs of a demo have it.
            if column["selector"] != "run.notice":
                CONVERTED[column["type"]](row[column["text"]])
                assert row[column["text"]] is not None, column


def test_verification_in_grafana(api_url):
    """Each parameter has a row of its own; before the second night there is none."""
    (query,) = next(each for each in DASHBOARD["panels"] if "come true" in each["title"])["targets"]
    codes = [row["Parameter"] for row in rows_of(query, api_url)]

    assert sorted(codes) == ["pressure", "temperature"]
    assert evaluated(query["root_selector"], {"parameters": {}}) == []


@pytest.mark.parametrize("name", ["station", "parameter"])
def test_variables_of_grafana(name, api_url):
    """What one can choose from has names, and contains the first choice."""
    rows = rows_of(VARIABLES[name]["query"]["infinityQuery"], api_url)

    assert VARIABLES[name]["current"]["value"] in [row["__value"] for row in rows]
    assert all(row["__text"] for row in rows)


def test_grafana_knows_what_the_dashboard_names():
    """Queries use the chosen data source, and no variable that is not there."""
    text = json.dumps(DASHBOARD)
    queries = [query for panel in DASHBOARD["panels"] for query in panel["targets"]]

    assert {query["datasource"]["uid"] for query in queries} == {"${datasource}"}
    assert {part.partition("}")[0] for part in text.split("${")[1:]} == set(VARIABLES)


def rendered(sensor, api_url, resource):
    """Return the state of a sensor at five o'clock, and its attributes."""
    url = resource.replace("http://127.0.0.1:8000", api_url)
    document = httpx.get(url).raise_for_status().json()
    template = SandboxedEnvironment().from_string(sensor["value_template"])
    state = template.render(value_json=document, now=lambda: FIVE).strip()
    part = evaluated(sensor.get("json_attributes_path", "$"), document)
    return state, {name: part.get(name) for name in sensor.get("json_attributes", [])}


def test_sensors_of_home_assistant(api_url):
    """The sensors show the hour that is running, the day, and whether the forecasts are late."""
    states, attributes = {}, {}
    for each in REST:
        for sensor in [*each.get("sensor", []), *each.get("binary_sensor", [])]:
            state, of_it = rendered(sensor, api_url, each["resource"])
            states[sensor["unique_id"]], attributes[sensor["unique_id"]] = state, of_it
    forecast = httpx.get(f"{api_url}/v1/stations/JFK/forecast?daily=true").json()
    hour = forecast["time"].index("2013-12-30T06:00:00Z")
    low, middle, high = (hours[hour] for hours in forecast["values"]["temperature"].values())
    highest = forecast["daily"]["all"]["parameters"]["temperature"]["maximum"]

    assert states == {
        "stationcast_jfk_temperature": str(middle),
        "stationcast_jfk_temperature_interval": f"{low} to {high} °C",
        "stationcast_jfk_highest_temperature": str(highest["p50"]),
        "stationcast_jfk_valid_until": "2013-12-31T00:00:00Z",
        "stationcast_late": "True",
    }
    assert attributes["stationcast_jfk_highest_temperature"]["p90"] == highest["p90"]
    assert attributes["stationcast_jfk_valid_until"]["id"] == "20131230T0000Z-1"
    assert attributes["stationcast_jfk_valid_until"]["notice"] is None
