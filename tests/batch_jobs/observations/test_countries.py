"""Countries: one code, however a file writes it."""

import re

import pytest

from batch_jobs.observations.countries import country_code
from batch_jobs.observations.openaq_realtime import station_id_of
from tests.batch_jobs.observations.parquet_folder import HEADER, read, reading, write


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("SK", "SK"), ("sk", "SK"), (" sk ", "SK"), ("SVK", "SK"), ("svk", "SK")),
        *(("USA", "US"), ("DEU", "DE"), ("IND", "IN"), ("AUT", "AT"), ("CHE", "CH")),
        *(("NA", "NA"), ("NAM", "NA"), ("UK", "GB"), ("GBR", "GB"), ("EL", "GR"), ("XKX", "XK")),
        *(("XX", None), ("GER", None), ("France", None), ("", None), ("840", None)),
    ],
)
def test_country_code(text, code):
    """Codes of two and of three letters are read, in any case; nothing else is guessed."""
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("text", "country", "fault"),
    [
        ("USA", "US", None),
        ("UK", "GB", None),
        ("NA", "NA", None),
        *((unknown, "", None) for unknown in ("", "null", "NaN", "n/a", "-")),
        ("Utopia", "", "country 'Utopia' is not an ISO code of two or three letters"),
        ("XX", "", "country 'XX' is not an ISO code of two or three letters"),
    ],
)
def test_country_of_a_station_file(tmp_path, text, country, fault):
    """A station has a country of two letters, or none; what is no code is named."""
    (tmp_path / "stations.csv").write_text(f"{HEADER}JFK,Kennedy,{text},40.64,-73.78,,\n")
    write(tmp_path, reading(1))

    observations = read(tmp_path)

    assert observations.stations[0].country == country
    assert observations.report.examples == ([f"stations.csv:2: {fault}"] if fault else [])


def test_same_station():
    """Realtime files make one station of a place, whichever code they give its country."""
    ids = {station_id_of(country, "B", "Mamateyova") for country in ("SK", "sk", "SVK", "Svk")}

    (station_id,) = ids
    assert re.fullmatch(r"SK-mamateyova-[0-9a-f]{8}", station_id)
