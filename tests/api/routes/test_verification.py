"""How forecasts came true: what counts, and what is said of it."""

import csv
from datetime import timedelta

import pytest

from forecasts.item import forecast_item
from forecasts.runs import rollback
from forecasts.verification import VerifiedNetwork, pack
from forecasts.verifications import network_item
from tests.api.conftest import FIRST, LOADED, SECOND, forecast_of
from tests.factories import A_STATION
from tests.verified import a_record, before

PATH = "/v1/stations/JFK/verification"
CODES = ("temperature", "precipitation")


def put(store, *records, run=SECOND):
    """Put verified runs of JFK beside its forecast of a night."""
    body = forecast_of(run, A_STATION).to_body()
    store.put_many([forecast_item("JFK", run, body, pack(records))])


@pytest.fixture
def verified(store):
    """A store that has thirty verified runs of JFK, and older and newer ones that do not count."""
    put(store, *(a_record(before(SECOND.id, days), CODES) for days in range(31)))
    return store


def test_nothing_is_verified_yet(client):
    """A station without verified runs has no scores, and that is no failure."""
    answer = client.get(PATH).json()

    assert answer.pop("station")["id"] == "JFK"
    assert answer == {
        "days": 30,
        "runs": 0,
        "first_issued_at": None,
        "last_issued_at": None,
        "as_of": None,
        "parameters": {},
    }


@pytest.mark.usefixtures("verified")
def test_scores_of_a_station(client):
    """Runs of the 30 days before the published run count; each group of lead times as well."""
    answer = client.get(PATH).json()

    assert (answer["runs"], answer["days"]) == (30, 30)
    assert answer["first_issued_at"] == "2013-12-01T00:00:00Z"
    assert answer["last_issued_at"] == "2013-12-30T00:00:00Z"
    assert answer["as_of"] == "2013-12-31T00:00:00Z"
    assert list(answer["parameters"]) == ["temperature", "precipitation"]
    temperature = answer["parameters"]["temperature"]
    leads = temperature.pop("leads")
    scores = {
        "bias": -0.5,
        "mae": 1.0,
        "pinball": 0.5,
        "coverage": 0.8333,
        "below": 0.1667,
        "above": 0.0,
        "references": {"persistence": 4.0, "yesterday": 3.0, "week": 2.0},
        "reference": "week",
        "skill": 0.5,
        "brier": None,
        "brier_skill": None,
    }
    assert temperature == {"unit": "°C", "hours": 720, **scores}
    assert list(leads) == ["1-6", "7-12", "13-18", "19-24"]
    assert all(each == {"hours": 180, **scores} for each in leads.values())
    rain = answer["parameters"]["precipitation"]
    assert (rain["reference"], rain["brier"], rain["brier_skill"]) == ("zero", 0.0833, 0.4)


@pytest.mark.usefixtures("verified")
def test_too_few_hours(client):
    """Few hours are said to be few, of a group of lead times too; there are no numbers."""
    week = client.get(f"{PATH}?days=7").json()["parameters"]["temperature"]
    days = client.get(f"{PATH}?days=2").json()

    assert (week["hours"], week["mae"]) == (168, 1.0)
    assert week["leads"]["1-6"] == {"hours": 42, "reason": "too_few_hours"}
    assert (days["runs"], days["first_issued_at"]) == (2, "2013-12-29T00:00:00Z")
    few = days["parameters"]["temperature"]
    assert few.pop("leads")["19-24"] == {"hours": 12, "reason": "too_few_hours"}
    assert few == {"unit": "°C", "hours": 48, "reason": "too_few_hours"}


def test_the_last_attempt_counts(client, store):
    """A night that was run again counts once: by its last attempt, which readers have got."""
    again = a_record(before(SECOND.id, 2, attempt=10), ("pressure",))
    other = a_record(before(SECOND.id, 2, attempt=2))
    put(store, again, other, a_record(before(SECOND.id, 3)))
    answer = client.get(PATH).json()

    assert answer["runs"] == 2
    assert {code: each["hours"] for code, each in answer["parameters"].items()} == {
        "temperature": 24,
        "pressure": 24,
    }


@pytest.mark.usefixtures("verified")
def test_what_is_published_says_which_runs_count(client, store, clock):
    """After a rollback the runs before the older one count, and the answer has another tag."""
    put(store, a_record(SECOND.id), run=LOADED)
    first = client.get(PATH)
    rollback(store, clock.now)
    clock.now += timedelta(minutes=1)
    second = client.get(PATH)

    assert first.json()["last_issued_at"] == "2013-12-30T00:00:00Z"
    assert second.json()["last_issued_at"] == "2013-12-29T00:00:00Z"
    assert second.headers["forecast-run"] == FIRST.id
    assert first.headers["etag"] != second.headers["etag"]


@pytest.mark.parametrize("path", [PATH, "/v1/verification"])
def test_late_truth_of_a_rejected_night_has_another_tag(client, verified, path):
    """What changes while readers stay on a run is not confirmed by an old tag, nor by a date."""
    of_run = network(5, US=CODES)
    verified.put_many([network_item(of_run, SECOND)._replace(expires_at=2**40)])
    known = client.get(path)
    late = timedelta(days=9)
    put(verified, a_record(before(SECOND.id, 5), CODES, late=late, mae=9), run=LOADED)
    again = network_item(of_run._replace(as_of=of_run.as_of + late), LOADED)
    verified.put_many([again._replace(expires_at=2**40)])
    date = "Fri, 31 Dec 2100 00:00:00 GMT"
    again = client.get(path, if_none_match=known.headers["etag"])

    assert (again.status_code, again.json()["as_of"] > known.json()["as_of"]) == (200, True)
    assert client.get(path, if_modified_since=date).status_code == 200
    assert client.get(path, if_none_match="*").status_code == 304
    assert again.headers["forecast-run"] == SECOND.id


@pytest.mark.usefixtures("verified")
def test_it_is_cached_as_a_forecast_is(client):
    """An answer has a tag of the run and of what was asked, and a client that has it gets 304."""
    first = client.get(PATH)
    again = client.get(PATH, if_none_match=first.headers["etag"])

    assert first.headers["cache-control"].startswith("public, max-age=300")
    assert again.status_code == 304
    assert client.get(f"{PATH}?days=30").headers["etag"] == first.headers["etag"]
    assert client.get(f"{PATH}?days=29").headers["etag"] != first.headers["etag"]


@pytest.mark.usefixtures("verified")
def test_csv(client):
    """A row for each parameter, and for each group of lead times."""
    response = client.get(f"{PATH}?format=csv&days=20")
    rows = list(csv.DictReader(response.text.splitlines()))

    assert response.headers["content-disposition"] == 'inline; filename="verification-JFK.csv"'
    assert [(row["parameter"], row["lead_from"], row["lead_to"]) for row in rows[:5]] == [
        ("temperature", "1", "24"),
        ("temperature", "1", "6"),
        ("temperature", "7", "12"),
        ("temperature", "13", "18"),
        ("temperature", "19", "24"),
    ]
    assert len(rows) == 10
    assert (rows[0]["hours"], rows[0]["week"], rows[0]["zero"]) == ("480", "2.0", "")
    assert (rows[9]["zero"], rows[9]["brier"], rows[9]["reason"]) == ("0.5", "0.0833", "")
    few = list(csv.DictReader(client.get(f"{PATH}?format=csv&days=1").text.splitlines()))
    assert (few[0]["hours"], few[0]["mae"], few[0]["reason"]) == ("24", "", "too_few_hours")


@pytest.mark.parametrize("query", ["days=0", "days=31", "days=x", "format=geojson"])
def test_bad_queries(client, query):
    """Days outside of 1 to 30 are refused by name."""
    response = client.get(f"{PATH}?{query}")

    assert response.status_code == 422
    assert response.json()["errors"][0]["name"] == query.partition("=")[0]


def test_unknown_stations(client):
    """A station that the published run does not have is not found; another case is redirected."""
    missing = client.get("/v1/stations/JFKX/verification")

    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/station-not-found")
    assert (
        client.get("/v1/stations/jfk/verification?days=7").headers["location"] == f"{PATH}?days=7"
    )


def test_a_damaged_verification_costs_only_itself(client, store):
    """What cannot be read is left out."""
    body = forecast_of(FIRST, A_STATION).to_body()
    store.put_many([forecast_item("JFK", FIRST, body, b"\xff")])
    put(store, a_record(before(SECOND.id, 2)))

    assert client.get(PATH).json()["runs"] == 1


def network(days, **countries):
    """Return the verification of the run some days before the published one, at all stations."""
    run = before(SECOND.id, days)
    sums = {code: a_record(run, codes).sums for code, codes in countries.items()}
    return VerifiedNetwork(run, SECOND.issue_time, SECOND.id, SECOND.id, 3, sums)


@pytest.fixture
def network_store(store):
    """A store with thirty verified runs of two countries, and one that is too old."""
    nights = (network(days, US=CODES, CH=("temperature",)) for days in range(1, 32))
    store.put_many([network_item(night, SECOND)._replace(expires_at=2**40) for night in nights])
    return store


def test_no_network_is_verified_yet(client):
    """Before any run was verified there are no scores."""
    answer = client.get("/v1/verification").json()
    assert (answer["runs"], answer["parameters"], answer["countries"]) == (0, {}, [])


@pytest.mark.usefixtures("network_store")
def test_scores_of_the_network(client):
    """Countries are added up; the answer says which there are, whatever the query."""
    answer = client.get("/v1/verification").json()
    swiss = client.get("/v1/verification?country=ch&days=20").json()
    rain = client.get("/v1/verification?parameter=precipitation&lead=1-6").json()

    assert (answer["runs"], answer["countries"]) == (30, ["CH", "US"])
    hours = {code: each["hours"] for code, each in answer["parameters"].items()}
    assert hours == {"temperature": 1440, "precipitation": 720}
    assert (swiss["countries"], list(swiss["parameters"])) == (["CH", "US"], ["temperature"])
    assert swiss["parameters"]["temperature"]["hours"] == 480
    assert list(rain["parameters"]) == ["precipitation"]
    assert rain["parameters"]["precipitation"]["hours"] == 180
    assert list(rain["parameters"]["precipitation"]["leads"]) == ["1-6"]


@pytest.mark.usefixtures("network_store")
def test_the_network_as_csv(client):
    """There is a row for each parameter and group; one row if a group is asked for."""
    rows = list(csv.DictReader(client.get("/v1/verification?format=csv").text.splitlines()))
    one = client.get("/v1/verification?format=csv&lead=7-12&parameter=temperature").text

    assert [(row["parameter"], row["lead_from"], row["lead_to"]) for row in rows[:3]] == [
        ("temperature", "1", "24"),
        ("temperature", "1", "6"),
        ("temperature", "7", "12"),
    ]
    assert len(rows) == 10
    (row,) = csv.DictReader(one.splitlines())
    assert (row["lead_from"], row["lead_to"], row["hours"]) == ("7", "12", "360")


@pytest.mark.parametrize("query", ["lead=1", "days=31", "country=USA", "parameter=heat", "page=2"])
def test_queries_of_the_network_that_are_refused(client, query):
    """A value that cannot be is refused, and named."""
    assert client.get(f"/v1/verification?{query}").status_code in {400, 422}


def test_a_run_says_how_it_came_true(client, store):
    """A run has its scores when it is verified, and null before; damage costs only the scores."""
    path = f"/v1/runs/{FIRST.id}"
    assert client.get(path).json()["verification"] is None

    sums = {"US": a_record(FIRST.id, ("temperature",)).sums}
    verified = VerifiedNetwork(FIRST.id, SECOND.issue_time, SECOND.id, SECOND.id, 3, sums)
    item = network_item(verified, SECOND)._replace(expires_at=2**40)
    store.put_many([item])
    found = client.get(path).json()["verification"]
    assert (found["as_of"], found["stations"]) == ("2013-12-31T00:00:00Z", 3)
    assert found["parameters"]["temperature"]["reason"] == "too_few_hours"

    store.put_many([item._replace(body=b"damaged")])
    assert client.get(path).json()["verification"] is None
