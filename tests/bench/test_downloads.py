"""The benchmark of the file of the whole run: its figures, and a night with and without."""

from bench.downloads import STATIONS, WITH, WITHOUT, figures_of
from bench.harness.night import MeasuredNight
from bench.harness.watched_process import Cost


def night(seconds, cpu, state=None):
    """Return a night that took so long."""
    states = {} if state is None else {"WriteDownloads": Cost(state, 0.0, 0)}
    return MeasuredNight(Cost(seconds, cpu, 0), states)


def test_figures():
    """Each night is compared with the one beside it; only 11,000 stations have a target."""
    nights = {
        WITH: [night(10.4, 16.0, 0.3), night(21.0, 17.0, 0.5), night(11.1, 33.0, 0.4)],
        WITHOUT: [night(10.0, 16.0), night(20.0, 16.0), night(10.0, 32.0)],
    }
    figures = figures_of(nights, STATIONS)

    assert [round(each.value, 3) for each in figures] == [1.05, 1.031, 0.4, 10.0]
    assert [each.met for each in figures] == [True, None, None, None]
    assert {each.met for each in figures_of(nights, 1000)} == {None}
