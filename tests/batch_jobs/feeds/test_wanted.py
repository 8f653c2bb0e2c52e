"""Which stations are wanted."""

import pytest

from batch_jobs.feeds.source import SourceStation
from batch_jobs.feeds.wanted import Box, Country, Everywhere, Near, Stations, wanted_in

JFK = SourceStation("JFK", "Kennedy", "US", 40.6386, -73.7622)
LGA = SourceStation("LGA", "La Guardia", "US", 40.7794, -73.88)
EDDB = SourceStation("EDDB", "Berlin", "DE", 52.3806, 13.5033)


@pytest.mark.parametrize(
    ("wanted", "taken", "text"),
    [
        (Everywhere(), [JFK, LGA, EDDB], "all stations"),
        (Stations(frozenset({"JFK", "XYZ"})), [JFK], "stations JFK, XYZ"),
        (Stations(frozenset("ABCDEFG")), [], "stations A, B, C, D, E and 2 more"),
        (Near(40.7, -74.0, 15), [LGA], "stations within 15 km of 40.7,-74"),
        (Near(40.7, -74.0, 30), [JFK, LGA], "stations within 30 km of 40.7,-74"),
        (Box(-75, 40.7, -73, 41), [LGA], "stations in the box -75,40.7,-73,41"),
        (Box(0, 0, -73.8, 60), [LGA, EDDB], "stations in the box 0,0,-73.8,60"),
        (Country("DE"), [EDDB], "stations in DE"),
    ],
)
def test_wanted(wanted, taken, text):
    """Each choice takes its stations and says which."""
    assert [place for place in (JFK, LGA, EDDB) if wanted.takes(place)] == taken
    assert str(wanted) == text


def test_distance():
    """Distances are those of the globe, to the other side of it."""
    assert Near(40.6386, -73.7622, 1).distance(LGA) == pytest.approx(18.53, abs=0.01)
    assert Near(0, 0, 1).distance(SourceStation("A", "", "", 0, 180)) == pytest.approx(20015, abs=1)


def test_a_box_across_the_date_line():
    """Its west is greater than its east; the box between the same degrees is the rest of Earth."""
    fiji = SourceStation("NFNA", "Nausori", "FJ", -18.04, 178.56)

    assert Box(170, -30, -170, 0).takes(fiji)
    assert not Box(-170, -30, 170, 0).takes(fiji)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("all", Everywhere()),
        ("stations=JFK, LGA,", Stations(frozenset({"JFK", "LGA"}))),
        ("country=DE", Country("DE")),
        ("near=40.7,-74.0,30", Near(40.7, -74.0, 30)),
        ("bbox=170,-30,-170,0", Box(170, -30, -170, 0)),
    ],
)
def test_in_one_line(text, wanted):
    """A choice can be one line of text."""
    assert wanted_in(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "off",
            "ALL",
            "all=",
            "stations=",
            "stations=,",
            "country=de",
            "country=",
            "nowhere=1",
        ),
        *(
            "near=",
            "near=40.7,-74",
            "near=40.7,-74,30,1",
            "near=a,b,c",
            "near=91,0,1",
            "near=nan,0,1",
        ),
        *("near=0,0,inf", "bbox=0,0,1", "bbox=0,50,1,40", "bbox=-181,0,1,1"),
    ],
)
def test_no_choice(text):
    """Any other text is refused; the error says which there are."""
    with pytest.raises(ValueError, match="chooses no stations; it is all, stations=JFK,LGA, "):
        wanted_in(text)
