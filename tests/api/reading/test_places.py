"""The index of places, as it was made when the project was installed."""

import pytest

from api.reading.places import load_places


@pytest.fixture(scope="module")
def places():
    """The index."""
    return load_places()


def labels(towns):
    """Return how answers write towns."""
    return [town.label for town in towns]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("berlin", "Berlin, Germany"),
        ("munchen", "Munich, Germany"),
        ("koln", "Köln, Germany"),
        ("wien", "Vienna, Austria"),
        ("geneve", "Geneva, Switzerland"),
        ("paris", "Paris, France"),
        ("paris usa", "Paris, Texas, United States"),
        ("portland me", "Portland, Maine, United States"),
        ("portland maine united states", "Portland, Maine, United States"),
        ("saint petersburg russia", "Saint Petersburg, Russia"),
    ],
)
def test_towns(places, words, first):
    """A town is found under each of its names; a country or a state may follow."""
    assert labels(places.towns_named(words.split()))[0] == first


def test_what_is_no_town(places):
    """A name without a town has none, nor has a town in another country."""
    assert places.towns_named(["xyzzy"]) == []
    assert places.towns_named(["berlin", "japan"]) == []


def test_few_towns_of_a_name(places):
    """At most twenty towns count, the largest first."""
    towns = places.towns_named(["san", "antonio"])

    assert len(towns) <= 20
    assert [town.number for town in towns] == sorted(town.number for town in towns)
    assert labels(towns)[0] == "San Antonio, Texas, United States"


def test_beginnings(places):
    """The largest towns come first while a name is typed; two letters are not enough."""
    assert labels(places.towns_starting_with("munc"))[0] == "Munich, Germany"
    assert places.towns_starting_with("mu") == []


def test_misspelt_towns(places):
    """A town is found despite typing errors, a district is not."""
    found = [(town.label, errors) for town, errors in places.towns_like("frnakfurt")]

    assert ("Frankfurt am Main, Germany", 1) in found
    assert "Kennedy, Colombia" not in [town.label for town, _ in places.towns_like("kenedy")]


@pytest.mark.parametrize(
    ("word", "code", "is_meant"),
    [
        ("germany", "DE", True),
        ("germ", "DE", True),
        ("de", "DE", True),
        ("zealand", "NZ", True),
        ("uk", "UK", True),
        ("usa", "US", True),
        ("turkiye", "TR", True),
        ("ger", "FR", False),
        ("ge", "DE", False),
    ],
)
def test_countries(places, word, code, is_meant):
    """A country is meant by its code, a word of its name, or the beginning of one."""
    assert (code in places.countries(word)) is is_meant


def test_airports(places):
    """An airport is known by both of its codes; a large one has a size."""
    kennedy = places.airport("KJFK")

    assert kennedy == places.airport("JFK")
    assert kennedy.codes == ("JFK", "KJFK")
    assert kennedy.position == pytest.approx((40.64, -73.78), abs=0.02)
    assert kennedy.size > places.airport("LGA").size > places.airport("HPN").size > 0
    assert places.airport("____") is None


def test_the_index_was_not_made(tmp_path):
    """A checkout without the index says what makes it."""
    with pytest.raises(FileNotFoundError, match="reinstall-package stationcast"):
        load_places(tmp_path / "places.txt")
