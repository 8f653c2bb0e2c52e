"""A folder of OpenAQ's archive, small enough to know every value of it."""

import gzip
import json
from datetime import UTC, date, datetime, timedelta

from batch_jobs.training.prepare import Request, prepare
from batch_jobs.training.this_machine import on_this_machine

HEADER = "location_id,sensors_id,location,datetime,lat,lon,parameter,units,value\n"
STATIONS = "station_id,name,country,latitude,longitude,elevation\n"
#: Two days on both sides of a month's end, in UTC.
DAYS = (date(2024, 1, 31), date(2024, 2, 1))


def value_of(location, hour):
    """Return the value of an hour of a location."""
    return location % 10 + hour / 8


def lines(location, day, codes=("pm25",)):
    """Return the lines of a day in UTC; hours are labelled with their end."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return "".join(
        f"{location},{location}{number},Place {location},"
        f"{(midnight + timedelta(hours=hour)).isoformat()},"
        f"{40 + location % 10},7.5,{code},µg/m³,{value_of(location, hour)}\n"
        for number, code in enumerate(codes)
        for hour in range(1, 25)
    )


def path_of(folder, location, day):
    """Return the path of a day's file."""
    return folder / f"locationid={location}" / f"location-{location}-{day:%Y%m%d}.csv.gz"


def write_day(folder, location, day, codes=("pm25",), content=None):
    """Write the file of a day; *content* instead of its gzip if it is given."""
    path = path_of(folder, location, day)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = HEADER + lines(location, day, codes)
    path.write_bytes(gzip.compress(text.encode(), mtime=0) if content is None else content)


def write_archive(folder, locations=(11, 12, 13), days=DAYS, codes=("pm25",)):
    """Write the files of some locations and days; return the folder."""
    for location in locations:
        for day in days:
            write_day(folder, location, day, codes)
    return folder


def describe(folder, **countries):
    """Write a station file: `S11="DE"` describes station 11."""
    rows = "".join(f"{key[1:]},{key},{country},50,8,100\n" for key, country in countries.items())
    (folder / "stations.csv").write_text(STATIONS + rows)


def trap():
    """Return a small gzip file of half a gigabyte of lines."""
    return gzip.compress(HEADER.encode()) + gzip.compress(b"1,2,3\n" * 1_600_000) * 60


def prepared(folder, into, **wanted):
    """Make a set on this machine, with two processes."""
    return prepare(Request(str(folder), str(into), **wanted), on_this_machine(2))


def contents(folder):
    """Return the content of every file of a set but records and the command's lock, by name."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.parent.name != "groups" and path.name != ".lock"
    }


def manifest_of(folder):
    """Return the manifest of a set."""
    return json.loads((folder / "manifest.json").read_text())
