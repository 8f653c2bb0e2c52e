"""The two stand-ins, which show at any time of the week what their services would show then."""

from collections import defaultdict
from contextlib import ExitStack, contextmanager
from email.utils import format_datetime

from tests.feeds import iem, openaq
from tests.feeds.loopback import serving
from tests.feeds.week.world import (
    CAR,
    CELSIUS,
    FAHRENHEIT,
    LOCATIONS,
    air,
    at,
    of_the_car,
    place_of,
    sensors_of,
    weather,
    weather_stations,
)

#: A report that is corrected: its first and its second value, and when the second one comes.
CORRECTED = (("EWR", at(50, 51)), "41.5", at(53))
#: Where these are after they have moved: latitude and longitude; and when.
MOVED = {
    "MOVE": (39.9, -71.9, at(60)),
    "104": (30.5, 15.6, at(60)),
    "106": (30.7, 15.8, at(140)),
}
#: Of this location the service shows Fahrenheit from then on.
CHANGED, CHANGED_AT = 103, at(80)
#: A station's and a sensor's readings of the future are shown in these hours.
FUTURE = {"iem": (range(30, 33), at(35, 51)), "openaq": (range(136, 138), at(144))}
FUTURE_SENSOR = 1051
_COLUMNS = {"temperature": "tmpf", "sea_level_pressure": "mslp"}


class Services:
    """Both services.

    Attributes:
        iem: The stand-in of IEM.
        openaq: The stand-in of OpenAQ.
    """

    def __init__(self, of_iem, of_openaq):
        self.iem = of_iem
        self.openaq = of_openaq
        self._reports = {}
        self._shown = [
            reading
            for series in (*weather(), *air(), *of_the_car())
            for reading in series.readings()
        ]
        self._shown.sort(key=lambda reading: reading.shown, reverse=True)
        self._new = defaultdict(list)
        for location in LOCATIONS:
            about = LOCATIONS[location][1] or {}
            self._new[at(about.get("shown_from", 0))].append(location)
        self._new[at(0)].append(CAR)

    def move_to(self, now):
        """Show what is there at a time."""
        for time in [time for time in self._new if time <= now]:
            for location in self._new.pop(time):
                self.openaq.place(location, sensors_of(location), **place_of(location))
        if now >= CHANGED_AT:
            self._change_unit()
        while self._shown and self._shown[-1].shown <= now:
            self._show(self._shown.pop())
        if now >= CORRECTED[2]:
            self._reports[CORRECTED[0]]["tmpf"] = CORRECTED[1]
        self._foresee(now)
        self._move(now)
        for service in (self.iem, self.openaq):
            service.date = format_datetime(now, usegmt=True)

    def _show(self, reading):
        series = reading.series
        if series.source == "openaq":
            is_changed = self.openaq.places[int(series.station)]["sensors"][int(series.sensor)]
            value = reading.value * 1.8 + 32 if is_changed == FAHRENHEIT else reading.value
            self.openaq.measure(int(series.sensor), reading.time, value)
            return
        key = (series.station, reading.time)
        if key not in self._reports:
            self._reports[key] = {}
            self.iem.reports.append((*key, self._reports[key]))
        self._reports[key][_COLUMNS[series.parameter]] = f"{reading.value:.2f}"

    def _change_unit(self):
        sensors = self.openaq.places[CHANGED]["sensors"]
        sensor = next(iter(sensors))
        if sensors[sensor] == CELSIUS:
            self.openaq.place(CHANGED, sensors | {sensor: FAHRENHEIT}, **place_of(CHANGED))
            for time, value in [*self.openaq.values[sensor].items()]:
                self.openaq.measure(sensor, time, value * 1.8 + 32)

    def _foresee(self, now):
        hours, time = FUTURE["iem"]
        line = f"JFK,{time:%Y-%m-%d %H:%M},-73.7,40.6,4.0,99.00" + "," * 8
        self.iem.extra = [line] if at(hours[0]) <= now < at(hours[-1] + 1) else []
        hours, time = FUTURE["openaq"]
        if at(hours[0]) <= now < at(hours[-1] + 1):
            self.openaq.measure(FUTURE_SENSOR, time, 45.0)
        elif now < time:
            self.openaq.values.get(FUTURE_SENSOR, {}).pop(time, None)

    def _move(self, now):
        for station, (latitude, longitude, time) in MOVED.items():
            if now < time:
                continue
            if station in self.iem.places:
                place = self.iem.places[station]
                self.iem.places[station] = place._replace(latitude=latitude, longitude=longitude)
            else:
                coordinates = {"latitude": latitude, "longitude": longitude}
                self.openaq.places[int(station)]["coordinates"] = coordinates


@contextmanager
def running(clock):
    """Run both services; *clock* tells seconds, for the limit of requests."""
    of_iem, of_openaq = iem.StandIn(weather_stations()), openaq.StandIn(clock)
    numbers = (2, 98, 100, 128)
    of_openaq.parameters = {number: openaq.PARAMETERS[number] for number in numbers}
    with ExitStack() as stack:
        yield Services(*(stack.enter_context(serving(each)) for each in (of_iem, of_openaq)))
