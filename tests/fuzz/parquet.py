"""Parquet files with odd rows, of odd types, and damaged anywhere."""

import io
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import polars as pl

from tests.fuzz.files import STATION_HEADER, Folder, check_beside
from tests.fuzz.mutation import ODD_TEXTS, damaged
from tests.fuzz.readings import Damage, check_alone, check_together

_STATIONS = STATION_HEADER + b"".join(
    b"\n%d,Place,US,%d,7,%d,UTC" % (station, station % 80, height)
    for station, height in (
        (1001, 5),
        (1002, 1500),
        (5001, 5),
        (77770, 0),
        (77771, 8000),
        (77772, -4),
    )
)
_BEGIN = datetime(2013, 12, 23, 0, 30, tzinfo=UTC)
_CODES = {
    "pm25": (3, 90),
    "temperature": (-20, 40),
    "precipitation": (0, 20),
    "precipitation_since_hour": (0, 20),
    "pressure": (950, 1050),
    "station_pressure": (600, 1050),
}
_ODD_VALUES = (
    *(None, float("nan"), float("inf"), -float("inf"), 1e308, -1e308, 5e-324, -0.0, 0.0, -1.0),
    *(-999.0, -9999.0, 1e9, 450.0, 300.0, 1140.0),
)
#: Seconds since 1970; polars writes them whatever Python's datetime holds.
_ODD_SECONDS = (
    *(None, 0, -1, 2**31, 2**32 - 1, 2**32, 2**33, -(2**33), -62_135_596_800, 253_402_300_799),
)


def _row(random, station, hour, code=None):
    code = code or random.choice(list(_CODES))
    seconds = int((_BEGIN + timedelta(hours=hour)).timestamp())
    value = round(random.uniform(*_CODES[code]), 2)
    return {"station_id": station, "parameter": code, "seconds": seconds, "value": value}


def _odd(random, row):
    odd = {
        "station_id": random.choice((None, *ODD_TEXTS, row["station_id"] + ".0")),
        "parameter": random.choice((None, *ODD_TEXTS, row["parameter"].upper(), "um003")),
        "seconds": random.choice(_ODD_SECONDS),
        "value": random.choice(_ODD_VALUES),
        "unit": random.choice((None, *ODD_TEXTS, "ppm", "°F", "hpa", "knots")),
        "sensor_id": random.choice((None, *ODD_TEXTS)),
    }
    names = [name for name in odd if name in row]
    return row | {name: odd[name] for name in random.sample(names, random.choice((1, 1, 2)))}


class _Types:
    """The types of the columns of a file, and its optional columns."""

    def __init__(self, random):
        self.unit = random.choice(("ms", "us", "us", "ns"))
        self.zone = random.choice((None, "UTC", "Europe/Zurich"))
        self.value = random.choice((pl.Float64, pl.Float64, pl.Float32))
        self.text = random.choice((pl.String, pl.String, pl.Categorical))
        self.optional = [name for name in ("unit", "sensor_id") if random.random() < 0.4]

    def full(self, row):
        """Return a row with the optional columns."""
        return (
            row
            | dict.fromkeys(self.optional, None)
            | {k: row[k] for k in self.optional if k in row}
        )

    def write(self, rows):
        """Return a file of rows."""
        schema = {"station_id": pl.String, "parameter": pl.String, "seconds": pl.Int64}
        schema |= {"value": pl.Float64} | dict.fromkeys(self.optional, pl.String)
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        factor = {"ms": 10**3, "us": 10**6, "ns": 10**9}[self.unit]
        ticks = pl.when(pl.col("seconds").abs() < 2**63 // factor).then(pl.col("seconds")) * factor
        time = ticks.cast(pl.Datetime(self.unit)).dt.replace_time_zone("UTC")
        time = (
            time.dt.convert_time_zone(self.zone) if self.zone else time.dt.replace_time_zone(None)
        )
        frame = frame.with_columns(
            time.alias("time"),
            pl.col("value").cast(self.value),
            pl.col("station_id", "parameter", *self.optional).cast(self.text),
        ).drop("seconds")
        file = io.BytesIO()
        frame.write_parquet(file)
        return file.getvalue()


def _sensor(random, row, optional):
    """Give a row the optional columns that its file has."""
    more = {"unit": None, "sensor_id": row["station_id"] + "-1"}
    del random
    return row | {name: more[name] for name in optional}


@contextmanager
def rows(path):
    """Yield a function that tries rows of a Parquet file."""

    def try_one(random):
        types = _Types(random)
        # Without a unit a value is in the parameter's own; an empty one is unknown.
        types.optional = [name for name in types.optional if name != "unit"]
        folder = Folder(path, "b.parquet", types.write, {"stations.csv": _STATIONS})

        def row(station, hour, code=None):
            return _sensor(random, _row(random, station, hour, code), types.optional)

        anchors = row("5001", 0, "pm25"), row("5001", 1, "pm25")
        codes = [code for code in _CODES if "pressure" not in code]
        whole = [row("1001", hour, random.choice(codes)) for hour in random.sample(range(160), 8)]
        bad = [
            _odd(random, row(f"7777{number}", random.randrange(160)))
            for number in range(random.choice((1, 2, 3, 3)))
        ]
        base = folder.read([anchors[0], anchors[1]])
        clean = folder.read([anchors[0], *whole, anchors[1]])
        damages = []
        for each in bad:
            reading = folder.read([anchors[0], each, anchors[1]])
            damage = Damage(each, reading, "b.parquet:2")
            check_alone(base, damage, blank=False, rows_of_lines=True)
            damages.append((damage, base))
        mixed = [(each, None) for each in whole]
        for number, each in enumerate(bad):
            mixed.insert(random.randint(0, len(mixed)), (each, number))
        lines = {number: f"b.parquet:{at}" for at, (_, number) in enumerate(mixed, start=2)}
        together = folder.read([anchors[0], *[each for each, _ in mixed], anchors[1]])
        check_together(clean, together, damages, [lines[n] for n in range(len(bad))])
        return len(bad)

    yield try_one


def _odd_column(random, frame):
    """Return a table with a column of another type, another name, or without it."""
    name = random.choice(frame.columns)
    return random.choice(
        (
            lambda: frame.drop(name),
            lambda: frame.rename({name: random.choice(("x", "TIME", " value", "row number"))}),
            lambda: frame.with_columns(pl.lit(None).alias(name)),
            lambda: frame.with_columns(pl.lit(7).alias(name)),
            lambda: frame.with_columns(pl.lit(value=True).alias(name)),
            lambda: frame.with_columns(pl.lit(b"\xff\0").alias(name)),
            lambda: frame.with_columns(pl.lit(7.5).alias(name)),
            lambda: frame.with_columns(pl.lit("2013-12-29T10:00:00Z").alias(name)),
            lambda: frame.with_columns(pl.lit(datetime(2013, 12, 29, tzinfo=UTC)).alias(name)),
            lambda: frame.with_columns(pl.lit(timedelta(hours=3)).alias(name)),
            lambda: frame.with_columns(pl.lit(2**63 - 1).alias(name)),
            lambda: frame.with_columns(pl.concat_list(pl.lit(1), pl.lit(2)).alias(name)),
            lambda: frame.with_columns(pl.struct(pl.lit(1).alias("a")).alias(name)),
            lambda: frame.with_columns(pl.lit(7).cast(pl.Decimal(20, 3)).alias(name)),
            lambda: frame.with_columns(pl.lit("a").cast(pl.Enum(["a"])).alias(name)),
            lambda: frame.with_columns(pl.lit(5).alias("row number")),
            lambda: frame.head(0),
        )
    )()


@contextmanager
def whole(path):
    """Yield a function that tries whole Parquet files beside a good one."""

    def try_one(random):
        types = _Types(random)
        types.optional = []
        content = types.write([_row(random, "77770", hour) for hour in range(8)])
        if random.random() < 0.5:
            frame = _odd_column(random, pl.read_parquet(io.BytesIO(content)))
            file = io.BytesIO()
            frame.write_parquet(file)
            content = file.getvalue()
        else:
            content = damaged(random, content, [content])
        good = types.write([_row(random, "1001", hour) for hour in range(8)])
        others = {"stations.csv": _STATIONS, "a.parquet": good}
        clean = Folder(path, "a.parquet", lambda _: good, others).read([])
        mixed = Folder(path, random.choice(("0.parquet", "b.parquet")), lambda _: content, others)
        check_beside(clean, mixed.read([]), f"{content!r:.2000}")
        return 8

    yield try_one
