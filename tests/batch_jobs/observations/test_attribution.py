"""Attribution and licence of a station, from its file to the catalogue and the forecasts."""

import pytest

from batch_jobs.observations.metadata import LONGEST
from tests.batch_jobs.observations.parquet_folder import read, reading, write

HEADER = "station_id,latitude,longitude,name,attribution,licence\n"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


@pytest.fixture
def location(tmp_path):
    """A folder with one reading of JFK."""
    write(tmp_path, reading(1))
    return tmp_path


def test_attribution_and_licence(location):
    """They come from the station file, with composed letters and single spaces."""
    line = f"JFK,40.64,-73.78,,Universita\u0300  di Roma ,{LICENCE}\n"
    (location / "stations.csv").write_text(HEADER + line)

    (station,) = read(location).stations

    assert (station.attribution, station.licence) == ("Università di Roma", LICENCE)


def test_not_known(location):
    """Both may be empty, and are then not known."""
    (location / "stations.csv").write_text(HEADER + "JFK,40.64,-73.78,,,\n")

    observations = read(location)

    assert (observations.stations[0].attribution, observations.stations[0].licence) == ("", "")
    assert observations.report.faults == {}


@pytest.mark.parametrize(("field", "kept"), [("name", "JFK"), ("attribution", ""), ("licence", "")])
def test_endless_text(location, field, kept):
    """Every answer repeats these words, so endless ones are left out: they could fill an item."""
    fields = {"name": "Kennedy", "attribution": "IEM", "licence": "CC0"} | {
        field: "x" * (LONGEST + 1)
    }
    line = f"JFK,40.64,-73.78,{','.join(fields.values())}\n"
    (location / "stations.csv").write_text(HEADER + line)

    observations = read(location)

    (station,) = observations.stations
    assert getattr(station, field) == kept
    assert observations.report.faults == {"bad_station_field": 1}
    (example,) = observations.report.examples
    assert example.startswith(f"stations.csv:2: {field} 'xxx")
    assert example.endswith(f"is longer than {LONGEST} characters")
