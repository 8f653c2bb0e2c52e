"""Source `iem`: weather reports of the world's airports, from the Iowa Environmental Mesonet.

All stations come in one request of at most 24 hours, once an hour: its author asks for that. For
longer times stations are asked for by id. See docs/feeds.md for what is known of the service.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl

from batch_jobs.errors import SourceError
from batch_jobs.feeds.http import Limits, SourceClient, Timer
from batch_jobs.feeds.source import SCHEMA, Asked, Batch, SourceStation, Tally
from batch_jobs.feeds.wanted import Country, Everywhere, Stations, Wanted

URL = "https://mesonet.agron.iastate.edu"
#: A request a second from an address.
LIMITS = Limits(seconds_between=1.0)

#: Column: parameter and unit. `p01i` is the rain since the last full hour. `drct` is empty if the
#: direction varies, 0 in calm air, and 360 if the wind comes from the north.
_COLUMNS = {
    "tmpf": ("temperature", "°F"),
    "dwpf": ("dew_point", "°F"),
    "relh": ("relative_humidity", "%"),
    "sknt": ("wind_speed", "kt"),
    "gust": ("wind_gust", "kt"),
    "drct": ("wind_direction", "deg"),
    "p01i": ("precipitation_since_hour", "in"),
    "mslp": ("sea_level_pressure", "hPa"),
    "vsby": ("visibility", "mi"),
}
_REQUIRED = ("station", "valid", "lon", "lat")
_DAY = timedelta(days=1)
#: Of one request with ids: few enough for an address, and an answer of some 30 MB.
_MOST_IDS = 250
_STATION_DAYS = 20 * 365
_ID = re.compile(r"[A-Z0-9_]{3,4}")


class Iem:
    """The Iowa Environmental Mesonet.

    Args:
        client: Sends its requests.
        tally: Counts them.
    """

    name = "iem"
    overlap = timedelta(hours=6)

    def __init__(self, client: SourceClient, tally: Tally) -> None:
        self.tally = tally
        self._client = client
        self._table: dict[str, SourceStation] | None = None

    def station_id(self, text: str) -> str:
        """Return the id of a station: `EDDB`, and `JFK` for `KJFK`.

        Raises:
            SourceError: It is no id of this source.

        >>> Iem(None, Tally()).station_id("kjfk")
        'JFK'
        """
        station_id = text.strip().upper()
        if not _ID.fullmatch(station_id):
            reason = (
                f"{text!r} is no id of a station; they have 3 or 4 letters or digits: JFK, EDDB"
            )
            raise SourceError(self.name, reason)
        return station_id[1:] if re.fullmatch("K[A-Z0-9_]{3}", station_id) else station_id

    def batches(self, asked: Asked) -> Iterator[Batch]:
        """Ask for readings, the oldest first; after a failure the next fetch goes on from there.

        Raises:
            SourceError: A request failed.
        """
        if isinstance(asked.wanted, Everywhere | Stations) or asked.until - asked.since <= _DAY:
            yield from self._batches(asked)
            return
        # Which stations are there is seen from the newest day; the time before is asked by id.
        newest = [*self._batches(asked._replace(since=asked.until - _DAY))]
        found = frozenset(
            s.station_id for batch in newest for s in batch.stations if asked.wanted.takes(s)
        )
        if found:
            older = asked._replace(until=asked.until - _DAY, wanted=Stations(found))
            yield from self._batches(older)
        yield from newest

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def _batches(self, asked: Asked) -> Iterator[Batch]:
        for since, until, ids in _requests(asked):
            span = f"{since:%Y%m%dT%H%M%S}-{until:%Y%m%dT%H%M%S} {_digest(ids, asked.wanted)}"
            if span in (asked.done or ()):
                self.tally.note(
                    "what an earlier backfill stored was left out; to fetch it"
                    " again, delete source=iem/.done.json"
                )
                continue
            body = self._client.get("/cgi-bin/request/asos.py", _query(since, until, ids), _fault)
            batch = self._batch(body, asked)
            lines = batch.readings.height
            self.tally.say(
                f"iem: {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M}: {lines} readings"
            )
            # Later than that, no more late readings are expected.
            yield batch._replace(span=span if until <= asked.until - self.overlap else None)

    def _batch(self, body: bytes, asked: Asked) -> Batch:
        """Return what an answer holds.

        Raises:
            SourceError: It is no CSV.
        """
        try:
            table = _table(body)
            lines = _typed(table)
        except pl.exceptions.PolarsError as error:
            reason = f"its answer is no CSV: {str(error).partition(chr(10))[0]}"
            raise SourceError(self.name, reason) from error
        self.tally.left_out["bad_line"] += table.height - lines.height
        for column, (code, _) in _COLUMNS.items():
            if column not in table.columns:
                found = ", ".join(table.columns)
                self.tally.fail(f"iem: no column {column}, so no {code}; found {found[:200]}")
        stations = self._stations(lines.sort("valid", maintain_order=True), asked)
        ids = [station.station_id for station in stations]
        return Batch(_readings(lines.filter(pl.col("station").is_in(ids))), stations)

    def _stations(self, lines: pl.DataFrame, asked: Asked) -> tuple[SourceStation, ...]:
        places = lines.group_by("station", maintain_order=True).last()
        found = [_place(row) for row in places.iter_rows(named=True)]
        if not isinstance(asked.wanted, Country):
            found = [station for station in found if asked.wanted.takes(station)]
        return tuple(self._named(station, asked.known) for station in found)

    def _named(self, station: SourceStation, known: Mapping[str, SourceStation]) -> SourceStation:
        """Return a station with its name, country and time zone, if they are known."""
        about = known.get(station.station_id)
        if about is None or not about.name:
            about = self._about(station.station_id)
        elevation = about.elevation if station.elevation is None else station.elevation
        return replace(
            station,
            name=about.name,
            country=about.country,
            timezone=about.timezone,
            elevation=elevation,
        )

    def _about(self, station_id: str) -> SourceStation:
        """Return what IEM's list of stations says; without a name if there is no list."""
        nameless = SourceStation(station_id, "", "", 0, 0)
        if self._table is None:
            self._table = self._stations_of_iem()
        # One that is not on the list is named after its id: it need not be looked up again.
        unlisted = replace(nameless, name=station_id) if self._table else nameless
        return self._table.get(station_id, unlisted)

    def _stations_of_iem(self) -> dict[str, SourceStation]:
        try:
            body = self._client.get("/geojson/network.py", {"network": "AZOS"})
            return dict(_features(body))
        except SourceError as error:
            self.tally.fail(f"{error}; names, countries and time zones stay unknown")
            return {}


def open_iem(url: str, tally: Tally, timer: Timer) -> Iem:
    """Return the source at an address."""
    return Iem(SourceClient(Iem.name, url, LIMITS, tally, timer), tally)


def _requests(asked: Asked) -> list[tuple[datetime, datetime, list[str]]]:
    """Return times and ids of the requests, the oldest first; no ids for all stations."""
    days = [*_days(asked.since, asked.until)]
    everywhere: list[tuple[datetime, datetime, list[str]]] = [(*day, []) for day in days]
    if not isinstance(asked.wanted, Stations):
        return everywhere
    ids = sorted(asked.wanted.ids)
    groups = [ids[start : start + _MOST_IDS] for start in range(0, len(ids), _MOST_IDS)]
    step = timedelta(days=_STATION_DAYS // max(1, min(len(ids), _MOST_IDS)))
    by_id = [
        (since, min(since + step, asked.until), group)
        for since in _steps(asked.since, asked.until, step)
        for group in groups
    ]
    return by_id if len(by_id) <= len(everywhere) else everywhere


def _digest(ids: Sequence[str], wanted: Wanted) -> str:
    """Return a short text that only the same stations have."""
    text = ",".join(ids or sorted(wanted.ids)) if isinstance(wanted, Stations) else str(wanted)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _days(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield times of at most 24 hours: one if that is enough, else days of UTC."""
    while until - since > _DAY:
        midnight = since.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
        yield since, midnight
        since = midnight
    yield since, until


def _steps(since: datetime, until: datetime, step: timedelta) -> Iterator[datetime]:
    while since < until:
        yield since
        since += step


def _query(since: datetime, until: datetime, ids: Sequence[str]) -> dict[str, str]:
    form = "%Y-%m-%dT%H:%M:%SZ"
    return {
        "data": ",".join(_COLUMNS),
        "sts": since.strftime(form),
        "ets": until.strftime(form),
        "tz": "UTC",
        "format": "onlycomma",
        "latlon": "yes",
        "elev": "yes",
        "missing": "empty",
        "trace": "0.0001",
        "report_type": "3,4",  # routine and special reports
        **({"station": ",".join(ids)} if ids else {}),
    }


def _fault(body: bytes) -> str | None:
    """Return what is wrong with an answer as a whole."""
    if not body.strip():
        return "an empty answer"
    header = body.partition(b"\n")[0].decode("utf-8", "replace")
    missing = [column for column in _REQUIRED if column not in header.split(",")]
    if missing:
        return f"an answer without column {', '.join(missing)}: {header.strip()[:60]!r}"
    return None if body.endswith(b"\n") else "an answer that breaks off"


def _table(body: bytes) -> pl.DataFrame:
    """Return the lines of an answer as text, without blank ones."""
    table = pl.read_csv(
        body,
        infer_schema=False,
        quote_char=None,
        truncate_ragged_lines=True,
        encoding="utf8-lossy",
    )
    blank = pl.col(_REQUIRED).fill_null("").str.strip_chars() == ""
    return table.filter(~pl.all_horizontal(blank))


def _typed(table: pl.DataFrame) -> pl.DataFrame:
    """Return lines with times and degrees; those without them are left out."""
    lines = table.with_columns(
        pl.col("valid").str.to_datetime("%Y-%m-%d %H:%M", time_zone="UTC", strict=False),
        pl.col("lon", "lat").cast(pl.Float64, strict=False),
    )
    return lines.drop_nulls(_REQUIRED)


def _readings(lines: pl.DataFrame) -> pl.DataFrame:
    columns = [column for column in _COLUMNS if column in lines.columns]
    numbers = [pl.col(each).cast(pl.Float64, strict=False) for each in ("sknt", "drct")]
    if {"sknt", "drct"} <= {*columns}:
        is_calm = pl.any_horizontal(each.fill_null(1) == 0 for each in numbers)
        lines = lines.with_columns(drct=pl.when(~is_calm).then("drct"))
    text = pl.col("text").cast(pl.String).str.strip_chars()  # no column at all is no text
    long = (
        lines.select("station", "valid", *columns)
        .unpivot(columns, index=["station", "valid"], variable_name="column", value_name="text")
        .filter(text != "")
    )  # null is left out, too
    readings = long.select(
        pl.col("station").alias("station_id"),
        _renamed(0).alias("parameter"),
        pl.col("valid").alias("time"),
        text.cast(pl.Float64, strict=False).alias("value"),
        _renamed(1).alias("unit"),
        pl.lit(None, pl.String).alias("sensor_id"),
    ).cast(SCHEMA)
    # Two reports of a minute come in any order: the larger value counts, every time.
    return readings.sort("station_id", "parameter", "time", "value")


def _renamed(position: int) -> pl.Expr:
    return pl.col("column").replace_strict(
        {column: names[position] for column, names in _COLUMNS.items()}
    )


def _place(row: Mapping[str, object]) -> SourceStation:
    return SourceStation(
        station_id=str(row["station"]),
        name="",
        country="",
        latitude=float(str(row["lat"])),
        longitude=float(str(row["lon"])),
        elevation=_number(row.get("elevation")),
        attribution="Iowa Environmental Mesonet",
        licence=f"{URL}/disclaimer.php",
    )


def _number(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None


def _features(body: bytes) -> Iterator[tuple[str, SourceStation]]:
    """Yield the stations of the service's GeoJSON.

    Raises:
        SourceError: It has another form.
    """
    try:
        for feature in json.loads(body)["features"]:
            about = feature["properties"]
            station_id = str(feature["id"])
            name, country, zone = (str(about[n] or "") for n in ("sname", "country", "tzname"))
            yield (
                station_id,
                SourceStation(
                    station_id, name, country, 0, 0, _number(about["elevation"]), timezone=zone
                ),
            )
    except (KeyError, TypeError, ValueError) as error:
        reason = f"its list of stations has another form ({error!r:.60})"
        raise SourceError(Iem.name, reason) from error
