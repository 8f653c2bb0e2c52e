"""Files of observations with damaged lines: OpenAQ's archive and realtime files, station files."""

import gzip
import json
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

from tests.fuzz.mutation import damaged, damaged_json
from tests.fuzz.readings import Damage, check_alone, check_together, expect, read, untrusted

HEADER = b"location_id,sensors_id,location,datetime,lat,lon,parameter,units,value"
STATION_HEADER = b"station_id,name,country,latitude,longitude,elevation,timezone"

#: Parameters of OpenAQ's files, with a unit and plausible values.
OPENAQ = {
    "pm25": ("µg/m³", 3.0, 90.0),
    "o3": ("ppm", 0.001, 0.2),
    "temperature": ("c", -20.0, 40.0),
    "relativehumidity": ("%", 0.0, 100.0),
    "pressure": ("hPa", 950.0, 1050.0),
    "precipitation": ("mm", 0.0, 20.0),
}


class Folder:
    """Reads a folder that holds one line or many, and remembers what it has read.

    Args:
        path: An empty folder.
        name: Name of the file with the lines.
        write: Turns lines into the content of the file.
        others: Content by name of the files beside it.
    """

    def __init__(self, path, name, write, others):
        self._path, self.name, self._write = path, name, write
        self._others = others

    def read(self, lines):
        """Read the file with these lines."""
        rmtree(self._path, ignore_errors=True)
        self._path.mkdir()
        for name, content in {**self._others, self.name: self._write(lines)}.items():
            (self._path / name).write_bytes(content)
        return read(self._path)


def add_up(folder, whole, anchors, bad, random, *, rows_of_lines=True):
    """Check that *bad* lines among *whole* ones cost only themselves.

    Args:
        folder: A `Folder`.
        whole: Valid lines.
        anchors: Two valid lines, the first and the last of every file.
        bad: The damaged lines.
        random: Decides where they stand.
        rows_of_lines: Whether lines are readings.
    """
    first, last = anchors
    base, clean = folder.read([first, last]), folder.read([first, *whole, last])
    damages = []
    for content in bad:
        damage = Damage(content, folder.read([first, content, last]), f"{folder.name}:3")
        blank = not content.strip(b" \t\r\n,\xef\xbb\xbf")
        check_alone(base, damage, blank=blank, rows_of_lines=rows_of_lines)
        damages.append((damage, base))
    lines = [(line, None) for line in whole]
    for number, content in enumerate(bad):
        lines.insert(random.randint(0, len(lines)), (content, number))
    mixed = folder.read([first, *[line for line, _ in lines], last])
    starts = {}
    at = 3
    for line, number in lines:
        starts[number] = f"{folder.name}:{at}"
        at += 1 + line.replace(b"\r\n", b"\n").count(b"\n")
    check_together(clean, mixed, damages, [starts[number] for number in range(len(bad))])
    return len(bad)


def archive_line(random, station, hour, parameter=None):
    """Return a line of OpenAQ's archive."""
    code = parameter or random.choice(list(OPENAQ))
    unit, low, high = OPENAQ[code]
    value = round(random.uniform(low, high), 3)
    name = f'"Place, {station}"' if station % 2 else f"Place {station}"
    place = f"{station % 80}.5,{station % 170}.25"
    time = f"2013-12-{23 + hour // 24:02}T{hour % 24:02}:30:00+00:00"
    return f"{station},{station}1,{name},{time},{place},{code},{unit},{value}".encode()


def realtime_line(random, station, hour, parameter=None):
    """Return a line of OpenAQ's realtime files."""
    return json.dumps(_record(random, station, hour, parameter), ensure_ascii=False).encode()


def _record(random, station, hour, parameter=None):
    code = parameter or random.choice(list(OPENAQ))
    unit, low, high = OPENAQ[code]
    return {
        "date": {"utc": f"2013-12-{23 + hour // 24:02}T{hour % 24:02}:30:00.000Z"},
        "parameter": code,
        "location": f"Place {station}",
        "value": round(random.uniform(low, high), 3),
        "unit": unit,
        "city": f"City {station}",
        "country": "US",
        "coordinates": {"latitude": station % 80 + 0.5, "longitude": station % 170 + 0.25},
        "averagingPeriod": {"value": 1, "unit": "hours"},
    }


@contextmanager
def archive(path: Path):
    """Yield a function that tries lines of an archive file."""

    def try_one(random):
        packed = random.random() < 0.2
        name = "b.csv.gz" if packed else "b.csv"
        neighbour = [HEADER, *(archive_line(random, 3001, hour) for hour in range(5)), b""]
        others = {f"{random.choice('ac')}.csv": b"\n".join(neighbour)}
        shared = random.random() < 0.3
        if shared:
            high = b"".join(
                b"7777%d,High,,41,-71,%d,\n" % each for each in enumerate((0, 4500, -400))
            )
            others["stations.csv"] = STATION_HEADER + b"\n1001,One,US,41,-71,5,UTC\n" + high
        end = random.choice((b"\n", b"\n", b"\n", b"\r\n"))

        def write(lines):
            body = b"".join(line + end for line in [HEADER, *lines])
            return gzip.compress(body, 1) if packed else body

        codes = [None] if not shared else [c for c in OPENAQ if c != "pressure"]
        hours = range(0, 160, 2)
        whole = [
            archive_line(random, random.choice((1001, 1002)), hour, random.choice(codes))
            for hour in random.sample(hours, 10)
        ]
        anchors = [archive_line(random, 5001, 0, "pm25"), archive_line(random, 5001, 1, "pm25")]
        bad = []
        for number in range(random.choice((1, 2, 3, 3))):
            same = shared and random.random() < 0.5
            station, code = (1001, random.choice(codes)) if same else (77770 + number, None)
            line = archive_line(random, station, random.choice(hours) + 1, code)
            bad.append(damaged(random, line, [*anchors, line]))
        return add_up(Folder(path, name, write, others), whole, anchors, bad, random)

    yield try_one


@contextmanager
def realtime(path: Path):
    """Yield a function that tries lines of a realtime file."""

    def try_one(random):
        packed = random.random() < 0.2
        name = "b.ndjson.gz" if packed else "b.jsonl"
        neighbour = [*(realtime_line(random, 3001, hour) for hour in range(5)), b""]
        others = {f"{random.choice('ac')}.ndjson": b"\n".join(neighbour)}

        def write(lines):
            # One more line, so that lines have the same numbers as below a header.
            body = b"".join(line + b"\n" for line in [neighbour[0], *lines])
            return gzip.compress(body, 1) if packed else body

        whole = [
            realtime_line(random, random.choice((1001, 1002)), hour)
            for hour in random.sample(range(160), 8)
        ]
        anchors = [realtime_line(random, 5001, 0, "pm25"), realtime_line(random, 5001, 1, "pm25")]
        bad = []
        for number in range(random.choice((1, 2, 3, 3))):
            record = _record(random, 77770 + number, random.randrange(160))
            line = json.dumps(record).encode()
            bad.append(
                damaged(random, line, [*anchors, line])
                if random.random() < 0.4
                else damaged_json(random, record).replace(b"\n", b" ")
            )
        return add_up(Folder(path, name, write, others), whole, anchors, bad, random)

    yield try_one


@contextmanager
def stations(path: Path):
    """Yield a function that tries lines of a station file."""

    def station_line(random, station):
        height = random.choice(("", "5", "-3.5", "NA", "9999", "1200.5"))
        zone = random.choice(("UTC", "Europe/Zurich", "", "NA"))
        name = random.choice((f"Place {station}", f'"Place, {station}"', f'"The ""{station}"""'))
        return f"{station},{name},US,{station % 80}.5,{station % 170}.25,{height},{zone}".encode()

    def try_one(random):
        readings = [HEADER]
        for station in (1001, 1002, 5001, 5002, 77770, 77771, 77772):
            line = archive_line(random, station, 5, "pm25").decode()
            place = f",{station % 80}.5,{station % 170}.25,"
            readings.append(line.replace(place, ",,,").encode())
        others = {"b.csv": b"\n".join([*readings, b""])}

        def write(lines):
            return b"".join(line + b"\n" for line in [STATION_HEADER, *lines])

        whole = [station_line(random, station) for station in (1001, 1002)]
        anchors = [station_line(random, 5001), station_line(random, 5002)]
        bad = []
        for number in range(random.choice((1, 2, 3, 3))):
            line = station_line(random, 77770 + number)
            bad.append(damaged(random, line, [*anchors, line]))
        folder = Folder(path, "stations.csv", write, others)
        return add_up(folder, whole, anchors, bad, random, rows_of_lines=False)

    yield try_one


@contextmanager
def whole_files(path: Path):
    """Yield a function that tries whole files, damaged anywhere, beside files that are not."""

    def try_one(random):
        rows = [archive_line(random, 77770, hour) for hour in range(8)]
        columns = HEADER.split(b",")
        random.shuffle(columns)
        header = random.choice((HEADER, HEADER, b",".join(columns), b",".join(columns[:-1])))
        csv = b"\n".join([header, *rows, b""])
        ndjson = b"\n".join([*(realtime_line(random, 77770, hour) for hour in range(8)), b""])
        name, content = random.choice(
            (("b.csv", csv), ("b.csv.gz", csv), ("b.jsonl", ndjson), ("b.ndjson.gz", ndjson))
        )
        packed = name.endswith(".gz")
        way = random.randrange(3)
        if way != 1:
            content = damaged(random, content, [csv, ndjson])
        if packed:
            content = gzip.compress(content, 1)
        if way != 0:
            content = damaged(random, content, [gzip.compress(csv), csv])
        good = b"\n".join([HEADER, *(archive_line(random, 1001, h) for h in range(8)), b""])
        others = {"a.csv": good, "c.csv": good.replace(b"1001", b"1002")}
        clean = Folder(path, "d.csv", lambda _: good.replace(b"1001", b"1003"), others).read([])
        others["d.csv"] = good.replace(b"1001", b"1003")
        mixed = Folder(path, name, lambda _: content, others).read([])
        check_beside(clean, mixed, f"{name} {content!r:.2000}")
        return len(rows)

    yield try_one


def check_beside(clean, mixed, what):
    """Check that a file has cost nothing of the files beside it."""
    excused = untrusted(clean, mixed)
    for cell, value in clean.cells.items():
        if cell[1] in excused:
            continue
        expect(mixed.cells.get(cell) == value, f"{cell} is not {value} beside {what}")
    for station_id, station in clean.stations.items():
        expect(mixed.stations.get(station_id) == station, f"{station_id} has changed: {what}")
