"""The place that a folder is for."""

import pytest

from batch_jobs.feeds.wanted import Near, Stations
from local.errors import LiveError
from local.live.place import Place, place_of, read_place, write_place

NEW_YORK = Near(40.7, -74.0, 100)


def test_the_nearest_five(new_town, iem):
    """More stations are not taken; those that do not report are not there."""
    iem.places |= {f"N{n:02}": (-74.0, 40.7 + n / 100, 1.0, "", "", "") for n in range(8)}
    iem.hourly(*(name for name in iem.places if name != "N02"))
    place = place_of(new_town.folder, NEW_YORK, new_town.live.feed)

    assert place.stations == ("N00", "N01", "N03", "N04", "N05")
    assert place == read_place(new_town.folder)
    assert "N01, 1 km away" in " ".join(new_town.said)


def test_nothing_reports_anywhere(new_town):
    """The error says so."""
    with pytest.raises(LiveError, match="nor has any other"):
        place_of(new_town.folder, NEW_YORK, new_town.live.feed)


def test_the_same_place_again(town, iem):
    """Ids may be written in another way; nothing is asked for."""
    wanted = town.live.feed.as_written(Stations(frozenset({"lga", "KJFK"})))
    place = place_of(town.folder, wanted, town.live.feed)

    assert place.stations == ("JFK", "LGA")
    assert iem.asked == []
    assert town.live.feed.as_written(None) is None


def test_another_distance_is_another_place(tmp_path, town):
    """It has other stations."""
    write_place(tmp_path, Place(str(NEW_YORK), ("JFK",)))
    with pytest.raises(LiveError, match=r"is for stations within 100 km of 40\.7,-74;"):
        place_of(tmp_path, Near(40.7, -74.0, 20), town.live.feed)


@pytest.mark.parametrize("text", ["", "[]", '{"asked": ""}'])
def test_a_damaged_file(tmp_path, text):
    """It is named, with what to do."""
    (tmp_path / "place.json").write_text(text)
    with pytest.raises(LiveError, match=r"place.json cannot be read .* delete the folder"):
        read_place(tmp_path)


def test_the_first_requests_keep_the_limit(new_town, iem):
    """The client that fetches does not know of the one that found the stations."""
    iem.hourly("JFK", "LGA")
    feed = new_town.live.feed
    before = feed.timer.now()
    feed.reporting(NEW_YORK)

    assert feed.timer.now() - before >= 2
