"""Search for stations by what visitors type, in three networks."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.reading.places import load_places
from api.reading.station_index import StationIndex
from api.reading.station_search import NEAR_KM, StationSearch
from forecasts.item import StationEntry
from local.demo.synthetic import synthetic_stations
from tests.factories import a_station

#: The demo's stations.
DEMO = [
    a_station(id="EWR", name="Newark Liberty Intl", latitude=40.6925, longitude=-74.168667),
    a_station(id="JFK", name="John F Kennedy Intl", latitude=40.639751, longitude=-73.778925),
    a_station(id="LGA", name="La Guardia", latitude=40.777245, longitude=-73.872608),
]


def search_of(stations):
    """Return what searches *stations*."""
    entries = [StationEntry(station, ("temperature",)) for station in stations]
    return StationSearch(StationIndex(entries), load_places())


def ids(found):
    """Return the ids of stations that were found."""
    return [each.entry.station.id for each in found]


@pytest.fixture(scope="module")
def demo():
    """Searches the demo's stations."""
    return search_of(DEMO)


@pytest.fixture(scope="module")
def world():
    """Searches 11,000 airports, whose ids are ICAO codes."""
    return search_of(synthetic_stations(11_000))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("New York", ["JFK", "EWR", "LGA"]),
        ("new york city", ["JFK", "EWR", "LGA"]),
        ("NEW YROK", ["JFK", "EWR", "LGA"]),
        ("new y", ["JFK", "EWR", "LGA"]),
        ("Nueva York", ["JFK", "EWR", "LGA"]),
        ("Brooklyn", ["JFK", "EWR", "LGA"]),
        ("New York, USA", ["JFK", "EWR", "LGA"]),
        ("kjfk", ["JFK"]),
        ("newark", ["EWR", "JFK", "LGA"]),
        ("john intl", ["JFK"]),
        ("international airport john", ["JFK"]),
        ("Kenedy", ["JFK"]),
        ("laguardia", ["LGA"]),
        ("gu", ["LGA"]),
        ("united states", ["JFK", "EWR", "LGA"]),
        ("usa", ["JFK", "EWR", "LGA"]),
        ("us", ["JFK", "EWR", "LGA"]),
        ("Berlin", []),
    ],
)
def test_the_demo(demo, text, expected):
    """Towns, codes, words, countries and typing errors lead to New York's airports."""
    assert ids(demo.find(text)) == expected


@pytest.mark.parametrize(
    ("text", "first", "place"),
    [
        ("New York", "KJFK", "New York City, New York, United States"),
        ("JFK", "KJFK", None),
        ("kjfk", "KJFK", None),
        ("Berlin", "EDDB", "Berlin, Germany"),
        ("Munchen", "EDDM", "Munich, Germany"),
        ("münchen", "EDDM", "Munich, Germany"),
        ("Munich", "EDDM", "Munich, Germany"),
        ("Munchn", "EDDM", "Munich, Germany"),
        ("Cologne", "EDDK", "Köln, Germany"),
        ("Vienna", "LOWW", "Vienna, Austria"),
        ("東京", "RJTT", "Tokyo, Japan"),
        ("London", "EGLL", "London, United Kingdom"),
        ("London, Canada", "CYXU", "London, Canada"),
        ("Paris, TX", "KPRX", "Paris, Texas, United States"),
        ("Portland Oregon", "KPDX", "Portland, Oregon, United States"),
        ("Boulder", "KBDU", "Boulder, Colorado, United States"),
        ("Frnakfurt", "EDDF", None),
        ("Amstredam", "EHAM", None),
        ("Chrles de Gaule", "LFPG", None),
        ("kenedy intl", "KJFK", None),
        ("berlin airport", "EDDB", None),
        ("iceland", "BIKF", None),
        ("japan", "RJAA", None),
        ("ken john", "KJFK", None),
    ],
)
def test_the_world(world, text, first, place):
    """The station that a visitor means comes first, among 11,000."""
    found = world.find(text)[0]

    assert (found.entry.station.id, found.place) == (first, place)
    assert (found.distance_km is None) == (place is None)


def test_kinds_of_match_in_order():
    """An id comes before a name, a name before a beginning, words before parts of words."""
    names = ["Rio Verde", "Verde", "Verdes", "Inverde", "Verdesia Rio", "Verd", "Rio Verdes"]
    stations = [
        a_station(id=f"S{n}", name=name, country="", latitude=-60) for n, name in enumerate(names)
    ]
    verde = a_station(id="verde", name="Else", country="", latitude=-60)

    assert ids(search_of([*stations, verde]).find("VERDE")) == [
        "verde",
        "S1",
        "S2",
        "S4",
        "S0",
        "S6",
        "S3",
    ]


@pytest.mark.parametrize(("text", "country"), [("India", "IN"), ("jordan", "JO"), ("CHAD", "TD")])
def test_a_country_comes_before_names_that_begin_like_it(world, text, country):
    """India is not Indianapolis, and Jordan is not the quarter of Hong Kong."""
    found = world.find(text)[:3]

    assert [each.entry.station.country for each in found] == [country] * 3


def test_a_code_is_no_name_of_a_country(world):
    """Two letters are the beginning of names first."""
    assert ids(world.find("in"))[0] != "VIDP"


def test_a_district_hides_no_airport(world):
    """Kennedy is a district of Bogotá with a million people, and still JFK comes before Bogotá."""
    found = ids(world.find("kennedy"))

    assert found.index("KJFK") < found.index("SKBO")


def test_stations_of_a_town_are_near(world):
    """The stations of a town have the distance from it, and none is far away."""
    found = [each for each in world.find("Munich") if each.place == "Munich, Germany"]

    assert len(found) > 2
    assert all(0 <= each.distance_km <= NEAR_KM for each in found)


def test_a_code_elsewhere_is_another_station():
    """A station whose id happens to be an airport's code is not that airport."""
    there = a_station(id="LSZH", name="Zurich", latitude=47.46, longitude=8.55)
    elsewhere = a_station(id="LSZH", name="Quiet Bay", latitude=-60, longitude=100)

    assert ids(search_of([there]).find("zrh")) == ["LSZH"]
    assert ids(search_of([elsewhere]).find("zrh")) == []


def test_an_airport_without_iata_code():
    """An airport that only has an ICAO code is found under it."""
    station = a_station(id="KADW", name="Andrews", latitude=38.81, longitude=-76.87)

    assert ids(search_of([station]).find("kadw")) == ["KADW"]


def test_the_order_does_not_depend_on_the_order_of_stations():
    """Stations that match equally well are in the order of their ids."""
    stations = [a_station(id=f"S{n:03}", name="Same", latitude=-60) for n in range(100)]
    mixed = random.Random(1).sample(stations, len(stations))  # noqa: S311 -- the order of a test

    assert ids(search_of(mixed).find("same")) == [station.id for station in stations]


@pytest.mark.parametrize(
    "text",
    ["!!!", "😀😀😀", "مطار", "x" * 100, "xq" * 50, "q z " * 25, "\u200f\u202e", "%_*()", "a\0b"],
)
def test_nonsense_finds_nothing(demo, text):
    """Whatever is typed, the answer is an empty list and at most five suggestions."""
    assert demo.find(text) == []
    assert len(demo.suggestions(text)) <= 5


@given(st.text(max_size=100))
def test_no_text_fails(text):
    """No text makes the search fail, and what is suggested finds something."""
    search = search_of(DEMO)
    found = search.find(text)

    assert len(set(ids(found))) == len(found) <= 3
    assert all(search.find(each) for each in search.suggestions(text))


@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        ("JFX", ["JFK"]),
        ("kennedy xyzzy", ["John F Kennedy Intl"]),
        ("xyzzy brooklyn", ["Brooklyn, New York, United States"]),
        ("kinnety", ["John F Kennedy Intl"]),
        ("completely different", []),
        ("", []),
    ],
)
def test_suggestions(demo, text, suggested):
    """What nothing matches has suggestions: similar ids, single words, words with more errors."""
    assert demo.find(text) == []
    assert demo.suggestions(text) == suggested


@pytest.mark.parametrize("written", ["s1", "S1X", "1S", "X1", "SS1", "SX1"])
def test_slip_of_the_fingers(written):
    """Among many stations, an id with one typing error leads to the right one."""
    many = search_of(a_station(id=f"S{n}") for n in range(500))

    assert "S1" in many.ids_like(written)


@pytest.mark.parametrize("written", ["S", "S12", "John F Kennedy", "kennedy"])
def test_few_suggestions(written):
    """At most five ids are suggested, however many stations are similar."""
    many = search_of(a_station(id=f"S{n}") for n in range(500))

    assert len(many.ids_like(written)) == 5


@pytest.mark.parametrize("written", ["completely-different", "", "x" * 65])
def test_nothing_like_it(written):
    """An id that is similar to no other gets no suggestions."""
    assert search_of([a_station(id="S0")]).ids_like(written) == []
