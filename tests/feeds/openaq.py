"""A stand-in of OpenAQ's API v3.

Shapes and limits are those of the service's own source (February 2026); no answer of its own was
recorded.
"""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta

from tests.feeds.loopback import Answer, Service

KEY = "0123456789abcdef-a-key-of-the-tests"
#: number: name, units; as in the service's own table, in part.
PARAMETERS = {
    1: ("pm10", "µg/m³"),
    2: ("pm25", "µg/m³"),
    3: ("o3", "µg/m³"),
    4: ("co", "µg/m³"),
    5: ("no2", "µg/m³"),
    6: ("so2", "µg/m³"),
    7: ("no2", "ppm"),
    8: ("co", "ppm"),
    9: ("so2", "ppm"),
    10: ("o3", "ppm"),
    11: ("bc", "µg/m³"),
    15: ("no2", "ppb"),
    19: ("pm1", "µg/m³"),
    22: ("wind_direction", "deg"),
    32: ("o3", "ppb"),
    34: ("wind_speed", "m/s"),
    95: ("pressure", "hpa"),
    98: ("relativehumidity", "%"),
    100: ("temperature", "c"),
    101: ("so2", "ppb"),
    102: ("co", "ppb"),
    125: ("um003", "particles/cm³"),
    128: ("temperature", "f"),
    132: ("pressure", "mb"),
}
LICENCE = {
    "id": 33,
    "name": "US Public Domain",
    "attribution": {"name": "Unknown Governmental Organization", "url": None},
    "dateFrom": "2016-01-30",
    "dateTo": None,
}
_MINUTE, _HOUR = 60, 3600


class StandIn(Service):
    """The service.

    Args:
        clock: Tells seconds; for its limits of requests.

    Attributes:
        places: By number: fields of a location, and `sensors`: the parameter of each sensor.
        values: By sensor: value by time; an hour's value has the end of the hour.
        averaging: By sensor: hours that a value is the mean of; None if it is not told.
        flagged: (sensor, time) of flagged hours.
        counts: `found` is the number of all rows; else, as in some answers, a text or that of the
            page.
        slips: Rows by which a later page begins too early, once for each page: so many come twice,
            and others do not come.
        refused: How many requests were too many.
    """

    def __init__(self, clock):
        super().__init__(self._answered)
        self._clock = clock
        self._times = []
        self._slipped = Counter()
        self._latest = {}
        self._parameter_of = {}
        self.places = {}
        self.values = {}
        self.averaging = {}
        self.flagged = set()
        self.parameters = dict(PARAMETERS)
        self.counts = False
        self.slips = 0
        self.refused = 0

    def place(self, number, sensors, latitude=40.7, longitude=-74.0, **fields):
        """Add a location; *sensors* is the number of the parameter of each sensor."""
        self._parameter_of |= sensors
        self.places[number] = {
            "id": number,
            "name": f"Place {number}",
            "locality": None,
            "timezone": "America/New_York",
            "country": {"id": 155, "code": "US", "name": "United States"},
            "owner": {"id": 4, "name": "Unknown Governmental Organization"},
            "provider": {"id": 119, "name": "AirNow"},
            "isMobile": False,
            "isMonitor": True,
            "instruments": [{"id": 2, "name": "Government Monitor"}],
            "sensors": dict(sensors),
            "coordinates": {"latitude": latitude, "longitude": longitude},
            "licenses": [LICENCE],
            "bounds": [longitude, latitude, longitude, latitude],
            "distance": None,
            "datetimeFirst": None,
        } | fields

    def measure(self, sensor, time, value):
        """Add a value of a sensor."""
        self.values.setdefault(sensor, {})[time] = value
        self._latest = {}

    def forget_slips(self):
        """Let pages slip once more."""
        self._slipped.clear()

    def reply(self, path, query, headers):
        """Refuse a wrong key and too many requests; else answer."""
        lower = {name.lower(): text for name, text in headers.items()}
        if lower.get("x-api-key") != KEY:
            self.requests.append((path, query))
            return _json({"detail": "Invalid credentials"}, 401)
        now = self._clock()
        minute = sum(time > now - _MINUTE for time in self._times)
        if minute >= 60 or sum(time > now - _HOUR for time in self._times) >= 2000:
            self.refused += 1
            self.requests.append((path, query))
            return _json({"detail": "Too many requests"}, 429, {"x-ratelimit-reset": "60"})
        self._times.append(now)
        return super().reply(path, query, headers)

    def _answered(self, path, query):
        if path == "/v3/parameters":
            rows = [_parameter(number, *of) for number, of in self.parameters.items()]
        elif path == "/v3/locations":
            rows = [self._location(p) for p in self.places.values() if _is_chosen(p, query)]
        elif found := re.fullmatch(r"/v3/locations/(\d+)", path):
            if int(found[1]) not in self.places:
                return _json({"detail": "Location not found"}, 404)
            rows = [self._location(self.places[int(found[1])])]
        elif found := re.fullmatch(r"/v3/(parameters|locations)/(\d+)/latest", path):
            rows = self._latest_of(found[1], int(found[2]), query["datetime_min"])
        elif found := re.fullmatch(r"/v3/sensors/(\d+)/hours", path):
            rows = self._hours(int(found[1]), query["datetime_from"], query["datetime_to"])
        else:
            return _json({"detail": "Not Found"}, 404)
        return self._page(path, rows, query)

    def _page(self, path, rows, query):
        limit, page = int(query["limit"]), int(query["page"])
        start = (page - 1) * limit
        if page > 1 and self._slipped[path, page] < 1:
            self._slipped[path, page] += 1
            rows = rows[:start] + rows[start - self.slips : len(rows) - self.slips]
        some = rows[start : start + limit]
        found = f">{limit}" if len(some) == limit else len(some)
        if self.counts:
            found = len(rows)
        meta = {"name": "openaq-api", "website": "/", "page": page, "limit": limit, "found": found}
        return _json({"meta": meta, "results": some})

    def _sensors(self):
        for number, place in self.places.items():
            for sensor, parameter in place["sensors"].items():
                yield sensor, parameter, number, place

    def _location(self, place):
        sensors = [
            {
                "id": sensor,
                "name": " ".join(self.parameters[parameter]),
                "parameter": _parameter(parameter, *self.parameters[parameter]),
            }
            for sensor, parameter in place["sensors"].items()
        ]
        times = [max(self.values[s]) for s in place["sensors"] if s in self.values]
        last = both(max(times)) if times else None
        return {"datetimeLast": last} | place | {"sensors": sensors}

    def _latest_of(self, kind, number, after):
        key = (kind, number, after)
        if key not in self._latest:
            since = datetime.fromisoformat(after)
            rows = []
            for sensor, parameter, station, place in self._sensors():
                if (parameter if kind == "parameters" else station) != number:
                    continue
                time, value = max(
                    self.values.get(sensor, {datetime(1970, 1, 1, tzinfo=UTC): 0}).items()
                )
                if time > since:
                    rows.append(
                        {
                            "datetime": both(time),
                            "value": value,
                            "coordinates": place["coordinates"],
                            "sensorsId": sensor,
                            "locationsId": station,
                        }
                    )
            # They have no order.
            self._latest[key] = sorted(rows, key=lambda row: row["sensorsId"] * 7919 % 10007)
        return self._latest[key]

    def _hours(self, sensor, since, until):
        since, until = datetime.fromisoformat(since), datetime.fromisoformat(until)
        parameter = self._parameter_of[sensor]
        hours = self.averaging.get(sensor, 1)
        return [
            {
                "value": value,
                "flagInfo": {"hasFlags": (sensor, time) in self.flagged},
                "parameter": _parameter(parameter, *self.parameters[parameter]),
                "period": {
                    "label": "1hour",
                    "interval": "01:00:00",
                    "datetimeFrom": both(time - timedelta(hours=1)),
                    "datetimeTo": both(time),
                },
                "coordinates": None,
                "summary": None,
                "coverage": hours
                and {
                    "expectedCount": 1,
                    "expectedInterval": f"{hours}:00:00",
                    "observedCount": 1,
                    "observedInterval": f"{hours}:00:00",
                    "percentComplete": 100.0,
                    "percentCoverage": 100.0 * hours,
                },
            }
            for time, value in sorted(self.values.get(sensor, {}).items())
            if since < time <= until
        ]


def both(time):
    """Return a time as the service writes it."""
    local = time.astimezone(UTC) - timedelta(hours=5)
    return {
        "utc": f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "local": f"{local:%Y-%m-%dT%H:%M:%S}-05:00",
    }


def _parameter(number, name, units):
    return {"id": number, "name": name, "units": units, "displayName": None}


def _is_chosen(place, query):
    latitude, longitude = (place["coordinates"] or {}).values() or (0, 0)
    if "iso" in query and place["country"]["code"] != query["iso"]:
        return False
    if "bbox" in query:
        west, south, east, north = map(float, query["bbox"].split(","))
        return west <= longitude <= east and south <= latitude <= north
    if "coordinates" in query:
        assert int(query["radius"]) <= 25_000
        north, east = map(float, query["coordinates"].split(","))
        # A degree is 111 km, and at 40 degrees north 85 km from west to east.
        return (latitude - north) ** 2 * 111**2 + (longitude - east) ** 2 * 85**2 <= (
            int(query["radius"]) / 1000
        ) ** 2
    return True


def _json(content, status=200, headers=None):
    types = {"content-type": "application/json", "x-ratelimit-limit": "60"}
    return Answer(status, json.dumps(content).encode(), types | (headers or {}))
