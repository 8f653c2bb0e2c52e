"""Whatever its dialect, a CSV file becomes the readings that it was made of."""

import csv
import io
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.batch_jobs.feeds.plain_csv.csv_import import read, stored

HEADINGS = {
    ("temperature", "°C"): ("temp", "Temperature (°C)", "temp_c", "T2M"),
    ("temperature", "°F"): ("temp (°F)", "tempf"),
    ("relative_humidity", "%"): ("humidity", "RH [%]"),
    ("pressure", "hPa"): ("Pressure [hPa]", "slp"),
    ("pm25", "µg/m³"): ("pm2.5", "PM25 (µg/m³)"),
}
QUANTITIES = [key for key in HEADINGS if key[1] != "°F"]
VALUES = {
    "temperature": st.decimals(-30, 40, places=1),
    "relative_humidity": st.decimals(0, 100, places=1),
    "pressure": st.decimals(950, 1050, places=2),
    "pm25": st.decimals(0, 500, places=1),
}
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"])
FORMS = st.sampled_from(["%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "%m/%d/%Y %I:%M %p", "%Y%m%d%H%M"])
# No change of clocks within these days.
STARTS = st.datetimes(datetime(2026, 6, 1), datetime(2026, 9, 1))  # noqa: DTZ001 -- made aware below


@st.composite
def readings(draw):
    """Return readings: for each station and hour, a value or None of each quantity."""
    start = draw(STARTS).replace(minute=0, second=0, microsecond=0, tzinfo=UTC)
    quantities = draw(st.lists(st.sampled_from(QUANTITIES), min_size=1, unique=True))
    cells = [VALUES[code] | st.none() for code, _ in quantities]
    rows = draw(st.lists(st.tuples(*cells), min_size=1, max_size=8))
    stations = draw(st.lists(st.sampled_from(["A", "7", "x-1"]), min_size=1, unique=True))
    found = [
        (station, start + timedelta(hours=n), key, value)
        for station in stations
        for n, row in enumerate(rows)
        for key, value in zip(quantities, row, strict=True)
        if value is not None
    ]
    return found, draw(ZONES), draw(FORMS)


def written(rows, separator, mark, encoding):
    """Return a CSV file."""
    text = io.StringIO(newline="")
    cells = [
        [str(cell).replace(".", mark) if is_value else cell for is_value, cell in row]
        for row in rows
    ]
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(cells)
    return text.getvalue().encode(encoding)


def wide(rows, names, time_text):
    """Return the rows of a wide file: whether a cell is a value, and the cell."""
    keys = list(dict.fromkeys(key for *_, key, _ in rows))
    yield [(False, name) for name in ("station", "time", *(names[key] for key in keys))]
    found = {row[:3]: row[3] for row in rows}
    for station, time in dict.fromkeys(row[:2] for row in rows):
        values = [(True, found.get((station, time, key), "")) for key in keys]
        yield [(False, station), (False, time_text(time)), *values]


def long(rows, names, time_text):
    """Return the rows of a long file: whether a cell is a value, and the cell."""
    yield [(False, name) for name in ("station", "time", "parameter", "value")]
    for station, time, key, value in rows:
        yield [(False, station), (False, time_text(time)), (False, names[key]), (True, value)]


@settings(max_examples=60, deadline=None)
@given(
    readings(),
    st.sampled_from([wide, long]),
    st.sampled_from([(",", "."), (";", ","), ("\t", ","), ("|", "."), (",", ",")]),
    st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    st.data(),
)
def test_round_trip(made, shape, dialect, encoding, data):
    """Shape, separator, decimal mark, encoding, times, zone and headings make no difference."""
    rows, zone, form = made
    names = {key: data.draw(st.sampled_from(HEADINGS[key])) for key in QUANTITIES}

    def time_text(time):
        return time.astimezone(ZoneInfo(zone)).strftime(form)

    content = written(shape(rows, names, time_text), *dialect, encoding)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        places = folder / "places.csv"
        places.write_text("id,lat,lon\nA,1,1\n7,2,2\nx-1,3,3\n")
        asked = {"zone": zone, "day_first": False, "given": (), "station_file": places}
        if not rows:
            return
        read(folder, content, **asked).write()
        found = stored(folder)

    expected = [(one, code, time, float(value), unit) for one, time, (code, unit), value in rows]
    assert found == sorted(expected, key=lambda row: row[:3])
