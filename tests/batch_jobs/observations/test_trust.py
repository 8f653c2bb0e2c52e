"""What a source or a country has wrong is left out of the night."""

import pytest

from batch_jobs.errors import NoObservationsError
from tests.batch_jobs.observations.parquet_folder import HEADER, JFK, read, reading, series, write

KATHMANDU = "KTM,Tribhuvan,NP,27.7,85.36,1338,Asia/Kathmandu\n"
POKHARA = "PKR,Pokhara,np,28.2,83.98,,Asia/Kathmandu\n"
NOWHERE = "SEA,A ship,,1,1,,\n"


@pytest.fixture
def location(tmp_path):
    """A folder with a station of the US, two of Nepal, and one of no country."""
    (tmp_path / "stations.csv").write_text(HEADER + JFK + KATHMANDU + POKHARA + NOWHERE)
    (tmp_path / "source=fahrenheit").mkdir()
    return tmp_path


def hot(*values, station="JFK", first=0):
    """Return temperatures one minute apart, ending at the issue time."""
    return [
        reading(value, minutes=first - minute, station=station)
        for minute, value in enumerate(values)
    ]


def test_source(location):
    """A parameter of a source with most values implausible is not used, and all else is."""
    write(location, reading(20), reading(5, code="pm25"))
    pm25 = reading(9, code="pm25", minutes=-60)
    write(location, *hot(90, 80, 55, first=-60), pm25, name="source=fahrenheit/a.parquet")

    observations = read(location)
    report = observations.report

    assert series(observations) == [None, None, 20]
    assert series(observations, code="pm25") == [None, 9, 5]
    assert report.untrusted == ["temperature of source fahrenheit"]
    assert report.dropped == {"implausible": 2, "untrusted": 1}
    assert report.examples[-1] == (
        "temperature of source fahrenheit: 2 of 3 values are implausible, so none is used"
    )
    assert report.groups == {
        "country US": [3, 2],
        "parameter pm25": [2, 0],
        "parameter temperature": [1, 2],
        "source fahrenheit": [1, 2],
        "source parquet": [2, 0],
    }


@pytest.mark.parametrize("repeated", ["good", "bad"])
def test_repeated_readings_count_once(location, repeated):
    """Readings that are in several files, as an interrupted compaction leaves them, decide once."""
    good, bad = hot(20, 21, first=-60), hot(90, 80, 70)
    for number in range(4):
        rows = {"good": good, "bad": bad[:1] if repeated == "bad" else bad}
        kept = rows[repeated] if number else [*rows["good"], *rows["bad"]]
        write(location, *kept, name=f"{number}.parquet")
    write(location, reading(5, code="pm25"), name="z.parquet")

    untrusted = read(location).report.untrusted
    assert untrusted[:1] == (["temperature of source parquet"] if repeated == "good" else [])


def test_country(location):
    """A parameter of a country with most values implausible is not used at any of its stations."""
    write(location, reading(20), *hot(90, 80, station="KTM"), *hot(12, station="PKR"))
    write(location, reading(5, code="pm25", station="PKR"), name="b.parquet")

    observations = read(location)

    assert [station.id for station in observations.stations] == ["JFK", "PKR"]
    assert series(observations, "PKR") == [None, None, None]
    assert series(observations, "PKR", "pm25") == [None, None, 5]
    assert observations.report.untrusted == ["temperature of country NP"]
    assert observations.report.dropped == {"implausible": 2, "untrusted": 1}
    assert observations.report.groups["country NP"] == [1, 2]
    assert observations.report.groups["country US"] == [1, 0]


def test_stations_of_no_country(location):
    """Stations whose country is not known are no group."""
    write(location, *hot(1, 1, 1), *hot(90, 80, 12, station="SEA"), *hot(90, station="XYZ"))

    observations = read(location)

    assert series(observations, "SEA")[-1] == 12
    assert observations.report.untrusted == []
    assert observations.report.groups.keys() == {
        *("parameter temperature", "source parquet", "country US")
    }


def test_half(location):
    """If no more than half of the values are implausible, the others are used."""
    write(location, *hot(90, 12))

    assert series(read(location))[-1] == 12


def test_missing_values(location):
    """Values that stand for a missing one, of no time or of no unit, say nothing of the others."""
    write(location, *hot(-999, None, float("inf"), -9999, 12), reading(1) | {"time": None})

    observations = read(location)

    assert series(observations)[-1] == 12
    assert observations.report.untrusted == []
    assert observations.report.groups["country US"] == [1, 5]


def test_nothing_trusted(location):
    """If nothing is left, the error says why."""
    write(location, *hot(90, 80, 12))
    reason = "2 implausible; 1 untrusted; .*temperature of source parquet: 2 of 3 values are"

    with pytest.raises(NoObservationsError, match=reason):
        read(location)


def test_part_of_the_stations(location):
    """A reading of some stations leaves out what one of all stations has found, and no more."""
    write(location, *hot(1, 1, 1, 1, 1))
    write(location, *hot(90, 80, 70, 12, station="KTM"), *hot(13, station="PKR"), name="b.parquet")
    found = read(location).report.untrusted

    alone = read(location, station_ids=["PKR", "JFK"], untrusted=found)
    unjudged = read(location, station_ids=["KTM"], untrusted=[])

    assert found == ["temperature of country NP"]
    assert [station.id for station in alone.stations] == ["JFK"]
    assert alone.report.untrusted == found
    assert series(unjudged, "KTM")[-1] == 12
