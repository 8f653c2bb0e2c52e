"""Options that say which stations, without a fetch."""

import os
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from local.commands.wanted_options import wanted_of, wanted_options


@click.command()
@wanted_options
def show(**stations):
    """Print which stations are wanted."""
    click.echo(wanted_of(**stations))


@pytest.fixture
def say(tmp_path, monkeypatch):
    """A function that runs the command beside `ids.txt`; it returns its status and output."""
    monkeypatch.chdir(tmp_path)
    Path("ids.txt").write_text("\ufeffJFK\n\n EDDB \n", encoding="utf-8")

    def run(*options):
        result = CliRunner().invoke(show, options)
        return result.exit_code, " ".join(result.output.split())

    return run


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ((), "all stations"),
        (("--stations", "JFK, LGA,"), "stations JFK, LGA"),
        (("--near", "40.7,-74.0"), "stations within 50 km of 40.7,-74"),
        (("--near", "40.7,-74.0", "--km", "15"), "stations within 15 km of 40.7,-74"),
        (("--bbox", "170,-30,-170,0"), "stations in the box 170,-30,-170,0"),
        (("--country", " de"), "stations in DE"),
        (("--stations-from", "ids.txt"), "stations EDDB, JFK"),
    ],
)
def test_which_stations(say, options, text):
    """Stations are chosen by id, near a place, in a box or a country, or by a file."""
    assert say(*options) == (0, text)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("--near", "40.7"), "'40.7' is not LAT,LON, in degrees: 40.7,-74.0"),
        (("--near", "140.7,-74"), "no such place on Earth"),
        (("--near", "nan,0"), "no such place on Earth"),
        (("--near", "0,0", "--km", "0"), "--km"),
        (("--km", "30"), "say near which place, too"),
        (("--km", "30", "--country", "DE"), "say near which place, too"),
        (("--bbox", "1,2,3,x"), "is not WEST,SOUTH,EAST,NORTH"),
        (("--bbox", "1,50,3,40"), "its south is north of its north"),
        (("--stations", " , "), "--stations names no station"),
        (("--stations-from", os.devnull), "--stations-from"),
        (("--country", "Germany"), "is not a code of two letters"),
        (("--country", "D1"), "is not a code of two letters"),
        (("--country", "DE", "--stations", "EDDB"), "say which stations in one way"),
    ],
)
def test_options_that_make_no_sense(say, options, what):
    """Each is named with what to write."""
    code, text = say(*options)

    assert code == 2
    assert what in text
