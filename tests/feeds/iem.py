"""A stand-in of the Iowa Environmental Mesonet: its reports and its list of stations.

Shapes and limits are those of the service's own source (`asos.py` and `network.py`, November
2026); no answer of its own was recorded.
"""

import json
import math
import random
import re
from datetime import UTC, datetime, timedelta

from tests.feeds.loopback import Answer, Service

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
_STATION = re.compile(r"[A-Z0-9_]{3,4}")
#: longitude, latitude, elevation, name, country, time zone
PLACES = {
    "JFK": (-73.7622, 40.6386, 4.0, "New York/JFK Intl", "US", "America/New_York"),
    "LGA": (-73.8800, 40.7794, 3.0, "New York/LaGuardia", "US", "America/New_York"),
    "EDDB": (13.5033, 52.3806, 47.0, "Berlin", "DE", "Europe/Berlin"),
}


class StandIn(Service):
    """The service.

    Attributes:
        places: By station, as `PLACES`.
        reports: (station, time, {column: text}) in any order.
        extra: Lines that are sent with every answer, whatever is asked for.
    """

    def __init__(self, places=PLACES):
        super().__init__(self._answered)
        self.places = dict(places)
        self.reports = []
        self.extra = []

    def report(self, station, time, **columns):
        """Add a report; columns as in the answer, e.g. tmpf="50.00"."""
        self.reports.append((station, time, columns))

    def hourly(self, *stations, until=NOON, hours=24, **columns):
        """Add a report 9 minutes before each hour up to *until*; tmpf counts upwards from 40."""
        for number in range(hours):
            time = until - HOUR * (hours - 1 - number) - timedelta(minutes=9)
            for station in stations:
                self.report(station, time, **{"tmpf": f"{40 + number % 24}.00"} | columns)

    def weather(self, *stations, until=NOON, days):
        """Add hourly reports of temperature and pressure that a model can learn from."""
        chance = random.Random(days)  # noqa: S311 -- the same weather each time
        slow = 0.0
        for number in range(days * 24):
            time = until - HOUR * (days * 24 - 1 - number) - timedelta(minutes=9)
            slow = 0.95 * slow + chance.gauss(0, 1)
            day = math.sin((time.hour - 9) / 12 * math.pi)
            for station in stations:
                warmth = 50 + 2 * slow + 8 * day + chance.gauss(0, 1)
                pressure = 1013 - slow + chance.gauss(0, 0.3)
                self.report(station, time, tmpf=f"{warmth:.2f}", mslp=f"{pressure:.1f}")

    @property
    def asked(self):
        """(station, since, until) of each request for reports, as the service was asked."""
        return [
            (query.get("station"), query["sts"], query["ets"])
            for path, query in self.requests
            if path != "/geojson/network.py"
        ]

    def _answered(self, path, query):
        if path == "/geojson/network.py":
            return Answer(200, json.dumps(self._table()).encode())
        since, until = (datetime.fromisoformat(query[name]) for name in ("sts", "ets"))
        stations = query["station"].split(",") if "station" in query else []
        if not all(_STATION.fullmatch(station) for station in stations):
            return Answer(422, b"Invalid station identifier")
        if not stations and until - since > DAY:
            return Answer(400, b"When requesting all-stations, must be less than 24 hours.")
        if (until.year - since.year) * len(stations) > 1000:
            return Answer(422, b"Requested too much data, reduce stations or time period.")
        columns = query["data"].split(",")
        lines = [",".join(("station", "valid", "lon", "lat", "elevation", *columns)), *self.extra]
        for station, time, values in self.reports:
            if since <= time < until and (not stations or station in stations):
                lines.append(self._line(station, time, values, columns))
        return Answer(200, ("\n".join(lines) + "\n").encode(), {"content-type": "text/plain"})

    def _line(self, station, time, values, columns):
        longitude, latitude, elevation = self.places[station][:3]
        place = (f"{longitude:.4f}", f"{latitude:.4f}", f"{elevation:.2f}")
        texts = [str(values.get(column, "")) for column in columns]
        return ",".join((station, f"{time.astimezone(UTC):%Y-%m-%d %H:%M}", *place, *texts))

    def _table(self):
        features = [
            {
                "type": "Feature",
                "id": station,
                "properties": {
                    "elevation": elevation,
                    "sname": name,
                    "country": country,
                    "tzname": zone,
                    "sid": station,
                    "network": "NY_ASOS",
                    "online": True,
                },
                "geometry": {"type": "Point", "coordinates": [longitude, latitude]},
            }
            for station, (longitude, latitude, elevation, name, country, zone) in (
                self.places.items()
            )
        ]
        return {"type": "FeatureCollection", "features": features, "count": len(features)}
