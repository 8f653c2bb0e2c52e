"""Imports of people's own CSV files: what becomes of lines, times, units and stations."""

from datetime import UTC, datetime, timedelta

import pytest

from batch_jobs.errors import CsvError
from tests.batch_jobs.feeds.plain_csv.csv_import import HERE, NOW, read, tables, values

ROW = "2026-11-27 07:00"


def test_wide(tmp_path):
    """Each column of a parameter becomes readings, in the unit of its heading."""
    import_ = read(
        tmp_path, f"station,timestamp,temp (°F),rh\nA,{ROW},50,80\nA,2026-11-27 08:00,,81\n"
    )
    seven = datetime(2026, 11, 27, 7, tzinfo=UTC)

    assert tables(import_) == [
        ("A", "temperature", seven, 50, "°F"),
        ("A", "relative_humidity", seven, 80, "%"),
        ("A", "relative_humidity", seven + timedelta(hours=1), 81, "%"),
    ]
    assert (import_.readings, import_.station_ids) == (3, ["A"])
    assert import_.span == (seven, seven + timedelta(hours=1))


def test_long(tmp_path):
    """Each row is a reading; the unit of the row counts most, then that of the name."""
    import_ = read(
        tmp_path,
        "station\ttime\tparameter\tvalue\tunit\n"
        f"A\t{ROW}\ttemp (°F)\t50\t\nA\t{ROW}\tPM2.5\t7\tug/m3\nA\t{ROW}\tmood\t7\t\n"
        f"A\t{ROW}\tO3\t40\tppb\nA\t{ROW}\tO3\t40\tmiles\nA\t{ROW}\t\t40\tppb\n",
    )

    assert {row[1:2] + row[3:] for row in tables(import_)} == {
        ("temperature", 50, "°F"),
        ("pm25", 7, "µg/m³"),
        ("o3", 40, "ppb"),
    }
    assert import_.left_out.counts == {"unknown_unit": 1}
    assert import_.left_out.examples["unknown_unit"][0].endswith("a.csv:6: o3 cannot be in 'miles'")


def test_long_without_units(tmp_path):
    """A long file needs no units; corrections are about the names of parameters."""
    text = f"station,time,parameter,value\nA,{ROW},x,50\nA,{ROW},temp,3\n"
    import_ = read(tmp_path, text, maps=["x=temperature:°F", "temp="])

    assert [row[3:] for row in tables(import_)] == [(50, "°F")]


def test_faults(tmp_path):
    """Each bad line or value costs only itself, and is named by file and line."""
    import_ = read(
        tmp_path,
        "station;time;temp\n"
        f"A;{ROW};1,5\n"
        "A;2026-11-27 08:00\n"
        "A;noon;2,5\n"
        "A;2026-11-27 09:00;warm\n"
        "A;2026-11-27 10:00;-999\n"
        "A;2026-11-27 11:00;70,5\n"
        f";{ROW};3,5\n"
        "A;2026-11-29 10:00;4,5\n"
        "A;1969-12-31 10:00;4,5\n"
        "A;2026-11-27 12:00;n/a\n"
        "A;2026-11-27 13:00;5,5\n",
    )
    said = {
        reason: text[0].partition("a.csv:")[2]
        for reason, text in import_.left_out.examples.items()
        if text
    }

    assert values(import_) == {"27 07:00": 1.5, "27 13:00": 5.5}
    assert said == {
        "bad_line": "3: expected 3 fields, got 2",
        "bad_value": "5: temp 'warm' is not a number",
        "sentinel": "6: temp '-999' stands for a missing value",
        "implausible": "7: temp '70,5' is not plausible in °C",
        "no_station": "8: '2026-11-27 07:00': it has no station",
        "bad_time": "4: 'noon': is not a time",
        "of_the_future": "9: '2026-11-29 10:00': is more than an hour in the future",
    }
    assert import_.left_out.counts["bad_time"] == 2


def test_change_of_clocks(tmp_path):
    """The hour that is shown twice is told apart by the order of the lines, and said."""
    lines = [
        f"25.10.2026 {time};{n}" for n, time in enumerate(["01:00", "02:00", "02:00", "03:00"])
    ]
    gap = "29.03.2026 02:30;9"
    import_ = read(
        tmp_path, "\n".join(["Zeit;temp", *lines, gap]), zone="Europe/Berlin", station="A"
    )
    expected = {"24 23:00": 0, "25 00:00": 1, "25 01:00": 2, "25 02:00": 3}

    assert values(import_) == expected
    assert import_.left_out.notes[0].endswith(
        "2 lines are in an hour that clocks in Europe/Berlin show twice; by the order of the "
        "lines, 1 of them are of the second time"
    )
    assert "never show this time" in import_.left_out.examples["no_such_time"][0]

    newest_first = read(
        tmp_path, "\n".join(["Zeit;temp", *lines[::-1]]), zone="Europe/Berlin", station="A"
    )
    assert values(newest_first) == expected


def test_change_of_clocks_in_a_long_file(tmp_path):
    """In a long file, each parameter has its own order."""
    rows = [f"A,2026-10-25 02:00,{name},{n}" for n in (1, 2) for name in ("temp", "rh")]
    import_ = read(
        tmp_path, "\n".join(["station,time,parameter,value", *rows]), zone="Europe/Berlin"
    )

    assert values(import_) == values(import_, "relative_humidity") == {"25 00:00": 1, "25 01:00": 2}


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("time,temp\n13/11/2026 7:00,1\n",), {"13 07:00": 1}),
        (("time,temp\n11/13/2026 7:00 PM,1\n1/2/2026 7:00 PM,2",), {"13 19:00": 1, "02 19:00": 2}),
        (
            ("time,temp\n1/2/2026 7:00,1\n", "time,temp\n13/2/2026 7:00,2\n"),
            {"01 07:00": 1, "13 07:00": 2},
        ),
        (("date,time,temp\n2026-11-13,7:00,1\n",), {"13 07:00": 1}),
        (("Datum;Uhrzeit;temp\n13.11.2026 00:00:00;7:00;1,5\n",), {"13 07:00": 1.5}),
        (("date,time,temp\n2026-11-13,2026-11-13 08:00,1\n",), {"13 08:00": 1}),
        (
            ("time,temp\n2026-11-13T07:00:00+02:00,1\n1794553200,2\n",),
            {"13 05:00": 1, "13 07:00": 2},
        ),
    ],
)
def test_times(tmp_path, texts, expected):
    """All times of an import decide together which number is the day."""
    assert values(read(tmp_path, *texts, station="A")) == expected


def test_zone_of_a_heading(tmp_path):
    """If a heading says that times are in UTC, no zone is needed."""
    import_ = read(tmp_path, f"station,time (UTC),temp\nA,{ROW},1\n", zone="")

    assert values(import_) == {"27 07:00": 1}


@pytest.mark.parametrize("day_first", [True, False])
def test_order_by_the_user(tmp_path, day_first):
    """The user may say which number is the day."""
    import_ = read(tmp_path, "time,temp\n1/2/2026 7:00,1\n", station="A", day_first=day_first)

    assert list(values(import_)) == ["01 07:00" if day_first else "02 07:00"]


@pytest.mark.parametrize(
    ("text", "asked", "reason"),
    [
        (f"time,temp\n{ROW},1", {}, r"no column names the station; give it: --station ID"),
        ("station,temp\nA,1\n", {}, r"no column is a time; say which: --map COLUMN=time"),
        (f"station,time,mood\nA,{ROW},1\n", {}, r"no column is a parameter; found station, t"),
        (
            f"station,time,temp\nA,{ROW},1\n",
            {"zone": ""},
            r"have no time zone; give it: --timezone",
        ),
        (f"station,time,temp\nA,{ROW},1\n", {"station": "B"}, "leave out --station"),
        ("station,time,temp\nA,2026-11-28,1\n", {}, r"'2026-11-28' is a day without a time"),
        ("station,time,temp\nA,noon,1\n", {}, r"no reading can be used; .*a\.csv:2: 'noon'"),
        (f"station,time,temp\nA,{ROW},300\n", {}, "correct it: --map temp=temperature:K or"),
        ("station,time,temp\nA,1/2/2026 7:00,1\n", {}, r"cannot be told apart; give the order"),
        (
            "station,time,temp\nA,1/13/2026 7:00,1\nA,13/1/2026 7:00,1\n",
            {},
            r"one by one, with --day-first",
        ),
        (
            f"station,time,temp\nA,{ROW},1\nB,{ROW},1\n",
            {},
            r"there are 2: A, B; describe them in a CSV",
        ),
        (
            f"station,time,temp\nA,{ROW},1\n",
            {"given": HERE._replace(latitude="")},
            "needs --latitude",
        ),
        (f"station,time,temp\nA,{ROW},1\n", {"given": HERE._replace(latitude="95")}, "A: latitude"),
        (
            f"station,time,temp\nA,{ROW},1\n",
            {"given": ()},
            r"places of 1 stations are not known \(A\)",
        ),
        (
            f"station,time,temp\nA,{ROW},1\n",
            {"maps": ["tmp="]},
            r"--map: .* 'tmp'; did you mean 'temp'",
        ),
    ],
)
def test_refused(tmp_path, text, asked, reason):
    """What cannot be imported as it is says what to do."""
    with pytest.raises(CsvError, match=reason):
        read(tmp_path, text, **asked)


def test_wrong_unit(tmp_path):
    """If most values of a column are not plausible, it is not written before that is corrected."""
    text = f"station,time,p\nA,{ROW},101320\nA,2026-11-27 08:00,101330\nA,2026-11-27 09:00,\n"
    text += "".join(f"A,2026-11-26 {n:02}:00,\n" for n in range(5))
    import_ = read(tmp_path, text.replace("time,p", "time,t2m,p").replace("00,", "00,5,"))

    assert import_.problems[0].endswith(
        "a.csv: most values of 'p' are not plausible as pressure in hPa (101320 to 101330); "
        "correct it: --map p=pressure:Pa or --map p="
    )
    with pytest.raises(CsvError, match="most values of 'p'"):
        import_.write()
    assert not read(tmp_path, text, maps=["p=pressure:Pa"]).problems


def test_names_as_stations(tmp_path):
    """A name that is no id gets an id that is the same in every file, and stays the name."""
    import_ = read(tmp_path, f"Station Name,time,temp\nMein Garten,{ROW},1\n")
    (one,) = import_.station_ids

    assert one.startswith("mein-garten-")
    assert import_.stations.located(one).name == "Mein Garten"
    again = read(tmp_path, f"station,time,temp\nMein Garten,{ROW},1\n")
    assert again.station_ids == [one]


def test_ids_of_floats(tmp_path):
    """An id that a table of floats has changed is the same station."""
    assert read(tmp_path, f"station,time,temp\n7.0,{ROW},1\n").station_ids == ["7"]


def test_places_in_columns(tmp_path):
    """Columns of the readings may describe the stations, also with decimal commas."""
    import_ = read(
        tmp_path,
        "station;time;temp;lat;lon;elevation;name\n"
        f"Süd;{ROW};1,5;52,5;13,4;34;Im Süden\nB;{ROW};1,5;;;;\nB;{ROW};1,5;50,5;-1,25;;\n",
        given=(),
    )
    south = import_.stations.located(import_.station_ids[1])

    assert (south.name, south.latitude, south.elevation) == ("Im Süden", 52.5, 34)
    assert import_.stations.located("B").longitude == -1.25


def test_station_file(tmp_path):
    """A second file describes the stations, in a dialect of its own; others are left out."""
    path = tmp_path / "places.csv"
    path.write_bytes(
        b"id;Breite;L\xe4nge;Licence;Name\nA;52,5;13,4;CC0;Nord\n"
        b"Mein Garten;48,1;11,5;;\nC;95;1;;\n"
    )
    text = "station,time,temp\n" + "".join(
        f"{one},{ROW},1\n" for one in ("A", "Mein Garten", "C", "D")
    )
    import_ = read(tmp_path, text, given=(), station_file=path)
    garden = import_.station_ids[1]

    assert import_.stations.located("A").licence == "CC0"
    assert import_.stations.located(garden).name == "Mein Garten"
    assert import_.station_ids == ["A", garden]
    assert import_.left_out.counts == {"bad_station_line": 1, "no_coordinates": 2}
    assert import_.left_out.examples["no_coordinates"][1] == "station D: it has no coordinates"


def test_no_station_file(tmp_path):
    """A file without places is refused."""
    path = tmp_path / "places.csv"
    path.write_text("id,name\nA,x\n")
    with pytest.raises(
        CsvError, match="needs columns station_id, latitude and longitude; found id"
    ):
        read(tmp_path, f"station,time,temp\nA,{ROW},1\n", given=(), station_file=path)


def test_many_unknown_stations(tmp_path):
    """An error names a few of many stations."""
    text = "station,time,temp\n" + "".join(f"S{n},{ROW},1\n" for n in range(9))
    with pytest.raises(CsvError, match=r"9 stations are not known \(S0, S1, S2, S3, S4, …\)"):
        read(tmp_path, text, given=())


def test_now(tmp_path):
    """A reading of the next hour is kept: clocks differ."""
    late = NOW + timedelta(minutes=59)

    assert values(read(tmp_path, f"station,time,temp\nA,{late:%Y-%m-%d %H:%M},1\n")) == {
        "28 12:59": 1
    }
