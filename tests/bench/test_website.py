"""Figures of the website, from measurements in the browser."""

from bench.website import figures_of


def a_round(longest, task, hover=None):
    """Return a round of 100 frames of 16 ms, and one that is longer."""
    frames = [16.0] * 100 + [longest]
    return {"frames": frames, "longestTask": task, "bytes": 60_000, "hover": hover}


MEASURED = {
    "ours": [a_round(44.0, 12.0, 9.0), a_round(300.0, 20.0, 130.0), a_round(48.0, 13.0, 21.0)],
    "empty": [a_round(40.0, 3.0)],
    "station": 40_000,
}


def test_figures_of_a_pan():
    """Frames of all rounds count together; the worst frame is that of the median round."""
    values = {figure.name: figure.value for figure in figures_of(MEASURED)}

    assert values["map: frame, median"] == 16
    assert values["map: longest frame, median round"] == 48
    assert values["map: longest frame, worst round"] == 300
    assert values["map: longest task"] == 20
    assert values["empty Leaflet map: longest frame, median round"] == 40


def test_figures_of_a_hover():
    """The first hover is that of the median round."""
    values = {figure.name: figure.value for figure in figures_of(MEASURED)}

    assert values["map: first hover, median round"] == 21
    assert values["map: first hover, worst round"] == 130


def test_what_is_promised():
    """Frames of our map, the size of a first load and the first hover have targets."""
    met = {figure.name: figure.met for figure in figures_of(MEASURED) if figure.target}

    assert met == {
        "map: longest frame, median round": True,
        "map: first hover, median round": True,
        "map: script and style, gzip": True,
        "station: script and style, gzip": True,
    }
