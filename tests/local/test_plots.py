"""The style of plots does not leak into matplotlib's own settings."""

import matplotlib as mpl

from local.plots import new_figure


def test_a_figure_is_written_and_the_style_ends(tmp_path):
    """A figure has its style while it is drawn and is a PNG of 120 pixels an inch afterwards."""
    before = mpl.rcParams["axes.spines.top"]
    with new_figure(tmp_path / "plot.png", 2, 1) as figure:
        assert not figure.subplots().spines["top"].get_visible()

    assert mpl.rcParams["axes.spines.top"] == before
    assert (tmp_path / "plot.png").read_bytes()[16:24] == bytes([0, 0, 0, 240, 0, 0, 0, 120])
