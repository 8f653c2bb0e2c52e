"""Makes requests: of every address, valid, nearly valid and absurd."""

import json
from pathlib import Path
from urllib.parse import quote, quote_plus

from forecasts.parameter import PARAMETERS
from tests.fuzz.mutation import ODD_NUMBERS, ODD_TEXTS, ODD_TIMES, damaged, damaged_json
from tests.fuzz.served import CANARY, IDS, NIGHTS, Asked

DOCUMENT = json.loads((Path(__file__).parents[1] / "golden" / "openapi.json").read_text())
OPERATIONS = [
    (path, method.upper(), operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
_CODES = [*PARAMETERS, "temperature", "pressure", "temperature", "pressure"]
_ZONES = (
    "UTC",
    "station",
    "Europe/Zurich",
    "Asia/Kathmandu",
    "Etc/GMT+5",
    "America/Argentina/Ushuaia",
)


def _several(random, words, most=3):
    return ",".join(random.choice(words) for _ in range(random.randint(1, most)))


def _degrees(random, most):
    return str(round(random.uniform(-most, most), random.choice((0, 1, 6))))


#: Of forecasts, and of observations.
_NAMES = ("temperature_p50", "temperature_p10", "pressure_p90", "pm25_p50", "temperature", "co")
_INTERVALS = (
    *("2013-12-31T06:00:00Z", "2013-12-31T06:00:00Z/..", "../2013-12-31T06:00Z", "../.."),
    *("2013-12-25T00:00:00Z/2014-01-01T00:00:00+01:00", "R5/2013-12-30T01:00:00Z/PT5H"),
    "2013-12-30T06:00:00Z,2013-12-31T06:00:00Z",
)


def _place_of(random):
    return f"{_degrees(random, 180)} {_degrees(random, 90)}"


def _point(random):
    return f"POINT({_place_of(random)})"


def _points(random):
    return f"MULTIPOINT({','.join(_place_of(random) for _ in range(random.choice((1, 3, 21))))})"


def _polygon(random):
    corners = [_place_of(random) for _ in range(random.choice((2, 3, 9, 201)))]
    return f"POLYGON(({','.join([*corners, corners[0]])}))"


#: Valid values of parameters, by name.
VALID = {
    "parameters": lambda r: _several(r, _CODES),
    "parameter": lambda r: r.choice(_CODES),
    "hours": lambda r: str(r.randint(1, 24)),
    "days": lambda r: str(r.randint(1, 30)),
    "lead": lambda r: r.choice(("1-6", "7-12", "13-18", "19-24")),
    "quantiles": lambda r: _several(r, ("p10", "p50", "p90", "0.1", "0.5", "0.9")),
    "units": lambda r: r.choice(("metric", "us")),
    "timeformat": lambda r: r.choice(("iso", "unix")),
    "above": lambda r: r.choice(("0", "35", "-3.5", "1000", "1e308")),
    "daily": lambda r: r.choice(("true", "false", "1")),
    "tz": lambda r: r.choice(_ZONES),
    "run": lambda r: r.choice((*(night.id for night in NIGHTS), "20131230T0000Z-2")),
    "issued_on": lambda r: r.choice(("2013-12-30", "2013-12-31", "2013-01-01")),
    "format": lambda r: r.choice(("json", "csv", "geojson", "excel")),
    "reason": lambda r: r.choice(("too_few_observations", "nothing")),
    "forecast": lambda r: r.choice(("none", "partial")),
    "observed": lambda r: str(r.choice((0, 1, 24, 168))),
    "fallback": lambda r: r.choice(("allow", "forbid")),
    "latitude": lambda r: _degrees(r, 90),
    "longitude": lambda r: _degrees(r, 180),
    "n": lambda r: str(r.randint(1, 50)),
    "max_km": lambda r: r.choice(("1", "50.5", "20038", "3000")),
    "stations": lambda r: _several(r, (*IDS, "jfk", "JKF"), r.choice((1, 3, 12, 110))),
    "q": lambda r: r.choice(
        ("ken", "zurich", "ZÜRICH", "any q", "1", "nothing", "New York", "Munchn", "40,-73", "91,0")
    ),
    "country": lambda r: r.choice(("US", "ch", "DE")),
    "near": lambda r: f"{_degrees(r, 90)},{_degrees(r, 180)}",
    "bbox": lambda r: ",".join(_degrees(r, most) for most in (180, 90, 180, 90)),
    "limit": lambda r: str(r.choice((1, 2, 3, 10, 1000))),
    "cursor": lambda r: r.choice(
        ("MjAxMzEyMzBUMDAwMFotMS4xMC4wMTIzNDU2Nzg5YWJjZGVm", "MjAxMzEyMzBUMDAwMFotMS4x", "x=", "%")
    ),
    "station_id": lambda r: r.choice((*IDS, *IDS, "jfk", "SILENT", "JKF", "nan:1")),
    "run_id": lambda r: r.choice((*(night.id for night in NIGHTS), "20131230T0000Z-2", "current")),
    "name": lambda r: r.choice(("not-found", "invalid-body", "nothing")),
    "of": lambda r: r.choice(("forecasts", "verification")),
    "collection_id": lambda r: r.choice(("forecasts", "forecasts", "observations", "forecast")),
    "parameter-name": lambda r: _several(r, _NAMES),
    "datetime": lambda r: r.choice(_INTERVALS),
    "coords": lambda r: r.choice((_point, _points, _polygon))(r),
    "crs": lambda r: r.choice(("OGC:CRS84", "EPSG:4326")),
    "within": lambda r: r.choice(("1", "500.5", "1000", "1e9")),
    "within-units": lambda r: r.choice(("km", "m", "mi")),
    "f": lambda r: r.choice(("CoverageJSON", "GeoJSON", "CSV", "json")),
}
_CLIENT_IDS = ("", CANARY, CANARY + " ", "x" * 129, "kiosk-17")


def a_request(random):
    """Return a request and the path in the OpenAPI document that it was made from."""
    path, method, operation = random.choice(OPERATIONS)
    if random.random() < 0.25:
        path, method, operation = random.choice([o for o in OPERATIONS if o[1] == "POST"])
    asked = Asked(
        _method(random, method),
        _path(random, path),
        _query(random, operation.get("parameters", [])),
        _headers(random),
        body_of(random, path) if method == "POST" else b"",
    )
    if not asked.body and random.random() < 0.02:
        asked = asked._replace(body=b'{"x": "' + CANARY.encode() + b'"}')
    return asked, path


def _method(random, method):
    if random.random() < 0.8:
        return method
    return random.choice(
        ("GET", "HEAD", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH", "FOO")
    )


def _path(random, template):
    path = template
    for name in ("station_id", "run_id", "name", "collection_id"):
        if "{" + name + "}" in path:
            value = VALID[name](random)
            if random.random() < 0.15:
                value = random.choice(
                    (*ODD_TEXTS, *ODD_TIMES, "..", ".", "a/b", "JFK/", " JFK", "J%46K")
                )
            path = path.replace("{" + name + "}", _escaped(random, value[:2000]))
    if random.random() < 0.04:
        path = random.choice(
            (path + "/", "/" + path, path.upper(), path + "%2f", path + "%00", "/x", "/v1")
        )
    return path


def _escaped(random, value):
    way = random.randrange(6)
    if way == 0:
        return "".join(f"%{byte:02x}" for byte in value.encode("utf-8", "surrogatepass"))
    if way == 1 and value:
        at = random.randrange(len(value))
        one = "".join(f"%{byte:02X}" for byte in value[at].encode())
        return quote(value[:at]) + one + quote(value[at + 1 :])
    return quote(value, safe=random.choice(("", ":", "/:")))


def _query(random, parameters):
    pairs = [
        (one["name"], _value(random, one["name"]))
        for one in parameters
        if one["in"] == "query" and random.random() < (0.95 if one.get("required") else 0.25)
    ]
    if random.random() < 0.04:
        pairs.append((random.choice(("hour", "Parameters", "x", "", "api_key", "a" * 300)), "1"))
    if pairs and random.random() < 0.04:
        pairs.append(random.choice(pairs))
    random.shuffle(pairs)
    escape = random.choice((quote, quote, quote_plus))
    text = "&".join(f"{escape(name)}={escape(value)}" for name, value in pairs)
    if random.random() < 0.03:
        at = random.randint(0, len(text))
        text = (
            text[:at]
            + random.choice(("&", "=", "%", "%zz", "%ff", "%00", ";", "+", "&&", "?"))
            + text[at:]
        )
    return text


def _value(random, name):
    value = VALID[name](random)
    way = random.random()
    if way < 0.72:
        return value
    if way < 0.86:
        at = random.randint(0, len(value))
        more = random.choice((" ", ",", "-", "0", ".", "e5", "\0", "é", ", "))
        return random.choice(
            (
                value.upper(),
                value.title(),
                value[:at] + more + value[at:],
                value[:at],
                value + "," + value,
            )
        )
    return random.choice((*ODD_NUMBERS, *ODD_TEXTS, *ODD_TIMES, CANARY))[:3000]


def _headers(random):
    """Return header fields without conditions; one names the request, so that answers are alike."""
    fields = [("x-request-id", f"fuzz-{random.randrange(10**9)}")]
    for name, values in {
        "accept": ("*/*", "application/json", "text/html", "text/csv", "", "x/;q=z"),
        "accept-encoding": (
            "gzip",
            "br",
            "gzip;q=0",
            "*",
            "gzip, deflate",
            "gzip;q=x",
            "",
            "identity",
        ),
        "range": ("bytes=0-10", "bytes=-1", "lines=1"),
        "origin": ("https://example.org", "null", "*"),
        "authorization": (f"Bearer {CANARY}",),
        "cookie": (f"session={CANARY}",),
        "x-client-id": _CLIENT_IDS,
        "content-type": ("application/json", "text/plain", "application/x-www-form-urlencoded", ""),
        "access-control-request-method": ("POST", "PUT"),
        "x-http-method-override": ("DELETE",),
        "transfer-encoding": ("x",),
    }.items():
        if random.random() < 0.2:
            fields.append((name, random.choice(values)))
    return [field for field in fields if field[0] != "transfer-encoding"]


def body_of(random, path):
    """Return a body: valid, of damaged structure, or damaged anywhere."""
    body = _place(random) if path == "/v1/forecast" else _readings(random)
    way = random.random()
    if way < 0.45:
        return json.dumps(body).encode()
    if way < 0.85:
        return damaged_json(random, body, (*ODD_TEXTS, CANARY, *PARAMETERS))
    if way < 0.87:
        return b" " * random.choice((524_287, 524_289)) + b"{}"
    text = json.dumps(body | {CANARY: 1}).encode() if way < 0.92 else json.dumps(body).encode()
    return damaged(random, text, [text])


def _plausible(random, code):
    limits = PARAMETERS[code]
    return round(random.uniform(limits.minimum, limits.maximum), random.choice((0, 1, 3)))


def _time(random):
    if random.random() < 0.1:
        year = random.choice((1, 2, 999, 1000, 1899, 1900, 1969, 2013, 9998, 9999))
        zone = random.choice(("Z", "+14:00", "-12:00"))
        return f"{year:04}-{random.randint(1, 12):02}-01T00:00:00{zone}"
    if random.random() < 0.1:
        return random.choice(ODD_TIMES)
    minute = random.choice(("00", "10"))
    return f"2013-12-{random.randint(24, 31):02}T{random.randrange(24):02}:{minute}:00Z"


def _readings(random):
    return {
        "observations": [
            {
                "parameter": (code := random.choice(_CODES)),
                "time": _time(random),
                "value": _plausible(random, code),
                **(
                    {"unit": random.choice((PARAMETERS[code].unit, "°F", "K"))}
                    if random.random() < 0.1
                    else {}
                ),
            }
            for _ in range(random.choice((0, 1, 2, 5, 40)))
        ]
    }


def _place(random):
    hours = random.choice((24, 48, 168, 23, 169))
    history = {
        code: [None if random.random() < 0.1 else _plausible(random, code) for _ in range(hours)]
        for code in random.sample(sorted(set(_CODES)), random.choice((1, 2, 3)))
    }
    body = {
        "latitude": random.uniform(-90, 90),
        "longitude": random.uniform(-180, 180),
        "history": history,
    }
    for name, value in {
        "elevation": random.choice((None, 5, -500, 9000)),
        "issue_time": _time(random)[:13] + ":00:00Z",
        "units": {random.choice(list(history)): random.choice(("°F", "ppm", "hPa", "µg/m³"))},
    }.items():
        if random.random() < 0.3:
            body |= {name: value}
    return body
