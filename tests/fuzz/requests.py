"""What every answer of the API must keep, and requests that try to break it."""

import csv
import gzip
import json
import re
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree as ET

from pydantic import TypeAdapter

from api.schemas import (
    context_responses,
    edr_responses,
    forecast_responses,
    map_responses,
    meta_responses,
    problem_responses,
    run_responses,
    station_responses,
    verification_responses,
)
from forecasts.parameter import PARAMETERS
from forecasts.run import CHANCE, QUANTILES
from forecasts.units import shown_unit
from tests.fuzz.asking import OPERATIONS, VALID, a_request
from tests.fuzz.outputs import check_values
from tests.fuzz.readings import expect
from tests.fuzz.served import CANARY, NIGHTS, STATIONS, history_of, served, values_of

_INSTANCES = "/edr/collections/forecasts/instances"
MODELS = {
    ("GET", "/v1/stations/{station_id}/forecast"): forecast_responses.ForecastResponse,
    ("GET", "/v1/stations/{station_id}/summary"): forecast_responses.SummaryResponse,
    ("POST", "/v1/stations/{station_id}/forecast"): context_responses.ContextForecastResponse,
    ("POST", "/v1/forecast"): context_responses.PlaceForecastResponse,
    ("GET", "/v1/forecasts/nearest"): forecast_responses.NearestForecastsResponse,
    ("GET", "/v1/forecasts"): forecast_responses.ForecastsResponse,
    ("GET", "/v1/stations"): station_responses.StationsResponse,
    ("GET", "/v1/stations/{station_id}"): station_responses.StationResponse,
    ("GET", "/v1/stations/{station_id}/verification"): (
        verification_responses.StationVerificationResponse
    ),
    ("GET", "/v1/verification"): verification_responses.NetworkVerificationResponse,
    ("GET", "/v1/verification/map"): map_responses.MapVerificationResponse,
    ("GET", "/v1/map/stations"): map_responses.MapStationsResponse,
    ("GET", "/v1/map/forecasts"): map_responses.MapForecastsResponse,
    ("GET", "/v1/runs"): run_responses.RunsResponse,
    ("GET", "/v1/runs/current"): run_responses.RunResponse,
    ("GET", "/v1/runs/{run_id}"): run_responses.RunResponse,
    ("GET", "/v1/runs/current/missing"): run_responses.MissingResponse,
    ("GET", "/v1/runs/{run_id}/missing"): run_responses.MissingResponse,
    ("GET", "/v1/status"): run_responses.StatusResponse,
    ("GET", "/v1/parameters"): meta_responses.ParametersResponse,
    ("GET", "/healthz"): meta_responses.HealthResponse,
    ("GET", "/problems/{name}"): meta_responses.ProblemTypeResponse,
    ("GET", "/"): meta_responses.IndexResponse,
    ("GET", "/edr"): edr_responses.EDRLandingPage,
    ("GET", "/edr/conformance"): edr_responses.EDRConformance,
    ("GET", "/edr/collections"): edr_responses.EDRCollections,
    ("GET", "/edr/collections/{collection_id}"): edr_responses.EDRCollection,
    ("GET", f"{_INSTANCES}"): edr_responses.EDRInstances,
    ("GET", f"{_INSTANCES}/{{run_id}}"): edr_responses.EDRCollection,
    **{
        ("GET", f"{base}/{path}"): model
        for base in ("/edr/collections/{collection_id}", f"{_INSTANCES}/{{run_id}}")
        for path, model in {
            "locations": edr_responses.EDRLocations,
            "locations/{station_id}": edr_responses.EDRSingleCoverage,
            "position": edr_responses.EDRSingleCoverage | edr_responses.EDRCoverageCollection,
            "radius": edr_responses.EDRCoverageCollection,
            "area": edr_responses.EDRCoverageCollection,
        }.items()
    },
}
#: Answers of these are no JSON.
_OTHERS = {
    ("GET", path)
    for path in ("/v1/runs/feed", "/v1/runs/current/download", "/v1/runs/{run_id}/download")
}
_ADAPTERS = {key: TypeAdapter(model) for key, model in MODELS.items()}
_STATUSES = {
    (method, path): {int(status) for status in operation["responses"]}
    for path, method, operation in OPERATIONS
}
_RESPONSES = {night.id: night for night in NIGHTS}
_BY_ID = {station.id: station for station in STATIONS}
#: Answers to addresses and methods that the document does not have, and redirects to them.
_ALWAYS = {404, 405, 308}
_SANE_ID = re.compile(r"[A-Za-z0-9._:=+/-]{1,128}")


@contextmanager
def requests(folder):
    """Yield a function that tries requests both ways, and asks again with conditions."""
    missing = {
        key for path, method, _ in OPERATIONS if (key := (method, path)) not in {*MODELS, *_OTHERS}
    }
    names = {one["name"] for *_, operation in OPERATIONS for one in operation.get("parameters", [])}
    expect(not missing and names <= {*VALID, "X-Client-Id"}, f"{missing} {names - set(VALID)}")
    with served(folder) as api:

        def try_one(random):
            asked, template = a_request(random)
            answer = check(api, asked, template)
            count = 1
            if answer.status == 200 and asked.method in ("GET", "HEAD"):
                for again in conditional(random, asked, answer):
                    check_conditional(again, answer, both(api, again))
                    count += 1
            return count

        yield try_one


def both(api, asked):
    """Ask in both ways; return the answer, which must be the same."""
    answer, other = api.asgi(asked), api.on_lambda(asked)
    what = f"{asked!r:.3000}\n{answer!r:.1500}\n{other!r:.1500}"
    expect(answer.status == other.status, f"statuses differ: {what}")
    expect(answer.body == other.body, f"bodies differ: {what}")
    fields = dict(other.headers)
    if not answer.body and "content-type" not in answer.headers:
        fields.pop("content-type", None)  # Mangum's, which every answer of a function has
    expect(fields == answer.headers, f"headers differ: {what}")
    log = api.log.taken()
    expect(CANARY not in log, f"the log has a secret: {log:.3000}")
    damaged = "BROKEN" in asked.target.upper() or "damaged" in log or "TORN" in log
    expect("ERROR" not in log or damaged or "internal-error" not in log, f"{what}\n{log:.6000}")
    return answer


def check(api, asked, template):
    """Ask, check the answer, and return it."""
    answer = both(api, asked)
    what = f"{asked!r:.3000}\n{answer!r:.3000}"
    expect(answer.headers.get("access-control-allow-origin") == "*", f"no CORS: {what}")
    expect(_SANE_ID.fullmatch(answer.headers.get("x-request-id", "")), f"no id: {what}")
    if asked.method == "OPTIONS":
        expect(answer.status == 204 and not answer.body, what)
    elif asked.method == "HEAD":
        full = both(api, asked._replace(method="GET"))
        expect(not answer.body and answer.status == full.status, f"HEAD: {what}\n{full!r:.500}")
        expect(answer.headers == full.headers, f"HEAD: {what}\n{full!r:.500}")
    else:
        check_content(asked, template, answer, what)
    if answer.headers.get("content-encoding") == "gzip" and asked.method == "GET":
        plain = both(api, asked.without("accept-encoding"))
        expect(gzip.decompress(answer.body) == plain.body, f"gzip: {what}")
        expect("content-encoding" not in plain.headers, f"gzip was not asked for: {what}")
        expect("accept-encoding" in answer.headers.get("vary", "").lower(), f"vary: {what}")
    return answer


def check_content(asked, template, answer, what):
    """Check status, header fields and body of an answer."""
    known = _STATUSES.get((asked.method, template), set()) | _ALWAYS
    broken = answer.status == 500 and b"-damaged" in answer.body
    # Stations of OGC API EDR may be named by their places.
    named = "BROKEN" in unquote(asked.path) or template.endswith(("/position", "/radius", "/area"))
    expect(answer.status in known or (broken and named), f"status: {what}")
    if answer.status == 308:
        expect(not answer.body and answer.headers["location"].startswith(("/v1/", "/edr/")), what)
    elif answer.status >= 400:
        check_problem(asked, answer, what)
    elif answer.status == 204:
        expect(not answer.body and "etag" in answer.headers, what)
    elif answer.status == 200:
        check_body(asked, template, answer, what)


#: Problems that name fields, besides those of status 422.
_NAMING = {"/problems/invalid-edr-query", "/problems/too-much-asked"}


def check_problem(asked, answer, what):
    """Check that a failure is a problem that says what is wrong with which field."""
    expect(answer.headers["content-type"] == "application/problem+json", what)
    problem = problem_responses.Problem.model_validate_json(
        answer.body, strict=True, extra="forbid"
    )
    expect(problem.status == answer.status and problem.detail and problem.title, what)
    if answer.status == 503:
        expect(problem.type == "/problems/realtime-unavailable", what)
        expect(asked.method == "POST" and "retry-after" in answer.headers, what)
    if problem.type == "/problems/unknown-parameter":
        names = [name for name, _ in parse_qsl(asked.query, keep_blank_values=True)]
        expect(any(repr(name[:80]) in problem.detail for name in names), what)
    if answer.status == 422 or problem.type in _NAMING:
        expect(problem.errors, what)
        for error in problem.errors:
            expect(error.reason and named_in(asked, error), what)
    if answer.status == 405:
        expect(asked.method not in answer.headers["allow"].split(", "), what)


def named_in(asked, error):
    """Whether a refused value is one that the request has, or lacks."""
    if error.in_ == "query":
        return bool(error.name) and (error.name in VALID or error.name in asked.query)
    if error.in_ == "header":
        return error.name.lower() == "x-client-id"
    first = error.name.partition(".")[0]
    fields = {
        "observations",
        "latitude",
        "longitude",
        "elevation",
        "issue_time",
        "history",
        "units",
    }
    return first in fields or "extra" in error.reason.lower()


def check_body(asked, template, answer, what):
    """Check a body by the model of its address, and its numbers by the store."""
    body = gzip.decompress(answer.body) if "content-encoding" in answer.headers else answer.body
    kind = answer.headers["content-type"].partition(";")[0]
    if kind == "text/csv":
        rows = list(csv.reader(body.decode("utf-8-sig").splitlines()))
        expect(len({len(row) for row in rows}) == 1 and len(rows[0]) > 1, what)
        return
    if kind == "application/atom+xml":
        expect(ET.fromstring(body).tag.endswith("feed"), what)  # noqa: S314 -- our own
        return
    content = json.loads(
        body, parse_constant=lambda name: expect(condition=False, what=name + what)
    )
    if kind == "application/geo+json":
        expect(content["type"] == "FeatureCollection", what)
        return
    adapter = _ADAPTERS.get((asked.method, template))
    if adapter is None or template == "/v1/runs/{run_id}" or not _is(asked, template):
        return
    adapter.validate_json(body, strict=True, extra="forbid")
    if "forecast" in template and "map" not in template and template.startswith("/v1/"):
        run_id = answer.headers.get("forecast-run")
        for item in content.get("items", [content]):
            check_forecast(item, run_id, what)


def _is(asked, template):
    """Whether the path of a request is still one of the template."""
    return asked.path.count("/") == template.count("/") and not asked.path.endswith("/")


def check_forecast(item, run_id, what):
    """Check that a forecast has the station's own numbers."""
    if "error" in item:
        return
    plausible = {
        code: {name: [v for v in quantiles[name] if v is not None] for name in QUANTILES}
        for code, quantiles in item["values"].items()
        if {*QUANTILES} <= quantiles.keys() and item["units"][code] == PARAMETERS[code].unit
    }
    check_values(plausible, what)
    if item["source"] == "precomputed":
        night, station = _RESPONSES[item["run"]["id"]], _BY_ID[item["station"]["id"]]
        expect(item["run"]["id"] == run_id, what)
        stored = values_of(night, station)
        for code, quantiles in item["values"].items():
            for name, hours in quantiles.items():
                if name == "above":
                    expect(all(0 <= chance <= 1 for chance in hours), f"{code}: {what}")
                    continue
                expected = shown(code, item["units"], name, stored[code][name][: len(hours)])
                expect(hours == expected, f"{station.id} {code}: {what}")
        observed = item.get("observed") or {"values": {}}
        for code, hours in observed["values"].items():
            history = history_of(night, station)["history"][code]
            expected = shown(code, observed["units"], "", history[len(history) - len(hours) :])
            expect(hours == expected, f"{station.id} {code}: {what}")


def shown(code, units, name, hours):
    """Return stored values of a series in the units of an answer."""
    if name == CHANCE or units[code] == PARAMETERS[code].unit:
        return hours
    unit = shown_unit(code, "us")
    return [value if value is None else unit.show(value) for value in hours]


def conditional(random, asked, answer):
    """Return the request with conditions made from the ETag and the date of its answer."""
    etag, date = answer.headers.get("etag"), answer.headers.get("last-modified")
    tags = ['"x"', "*", "W/", '""', ""]
    if etag:
        other = etag.replace("JFK", "LGA").replace("0", "1", 1)
        tags += [etag, etag.removeprefix("W/"), f'"a", {etag}', etag[:-2] + '"', other, f"{etag} ,"]
    dates = [
        "Sat, 31 Dec 2033 00:00:00 GMT",
        "Sat, 31 Dec 1901 00:00:00 GMT",
        "never",
        "0",
        date or "",
    ]
    fields = []
    if random.random() < 0.8:
        fields.append(("if-none-match", random.choice(tags)))
    if random.random() < 0.4:
        fields.append(("if-modified-since", random.choice(dates)))
    return [asked._replace(headers=[*asked.headers, *fields])]


def check_conditional(asked, before, answer):
    """Check that an answer is 304 if, and only if, the client has what it was sent before."""
    what = f"{asked!r:.3000}\n{before.headers}\n{answer!r:.800}"
    etag, since = before.headers.get("etag"), before.headers.get("last-modified")
    sent, date = asked.field("if-none-match"), asked.field("if-modified-since")
    known = False
    if sent:
        tags = [tag.strip().removeprefix("W/") for tag in sent.split(",")]
        known = bool(etag) and (sent.strip() == "*" or etag.removeprefix("W/") in tags)
    elif date and since:
        try:
            known = parsedate_to_datetime(since) <= parsedate_to_datetime(date)
        except ValueError:
            known = False
    expect(answer.status == (304 if known else 200), f"expected {known}: {what}")
    expect(answer.headers.get("etag") == etag, what)
    if answer.status == 304:
        expect(not answer.body and answer.headers.get("cache-control"), what)
    else:
        expect(answer.body == before.body, what)
