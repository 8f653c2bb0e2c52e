"""CheckRun decides whether a run may be published."""

import json
from collections import Counter

import pytest

from batch_jobs.check_run import Gate, check_run, reason_of, report_of
from batch_jobs.load_report import LoadReport, ParameterStats
from batch_jobs.observations.report import ReadReport
from tests.factories import a_run, quantiles_around

RUN = a_run(stations=10)


def loaded(value=10.0, series=10, **changes):
    """Return the report of ten stations that were loaded without faults."""
    stats = ParameterStats()
    for _ in range(series):
        stats.add(quantiles_around(value))
    return LoadReport(**{"stations": 10, "parameters": {"temperature": stats}} | changes)


def failed(report, read=None, before=None, gate=None):
    """Return the names of the checks that a run fails."""
    checks = check_run(RUN, report, read or ReadReport(rows=100), before, gate or Gate())
    return [check.name for check in checks if not check.passed]


def published(report):
    """Return a published run with the given report."""
    checks = check_run(RUN, report, ReadReport(), None, Gate())
    return a_run(report=report_of(checks, report, ReadReport()))


def test_a_good_run_passes():
    """A good run passes on the first night and on the next."""
    assert failed(loaded()) == []
    assert failed(loaded(), before=published(loaded())) == []


@pytest.mark.parametrize(
    ("report", "check"),
    [
        (loaded(stations=9), "stations have an item"),
        (loaded(stations=0), "stations have an item"),
        (loaded(parameters={}), "forecasts"),
        (loaded(faults=Counter(invalid_forecast=1)), "transform output is complete"),
    ],
)
def test_a_flaw_fails_its_check(report, check):
    """Each flaw fails exactly one check."""
    assert failed(report) == [check]


def test_few_faults_of_many_stations_pass():
    """A hundredth of the stations may have a fault, and as many may have no item."""
    run = a_run(stations=11_000)

    def verdict(stations, faults):
        report = loaded(stations=stations, faults=Counter(refused_line=faults))
        checks = check_run(run, report, ReadReport(rows=100), None, Gate())
        return [check.detail for check in checks if not check.passed]

    assert verdict(10_999, 1) == []
    assert verdict(10_890, 110) == []
    assert verdict(10_889, 111) == [
        "10889 of 11000; at least 99%",
        "111 faults at 11000 stations; at most 1%",
    ]


def test_an_outage_fails_the_coverage():
    """A run with fewer than 70 % of yesterday's series fails the check."""
    before = published(loaded())

    assert failed(loaded(series=7), before=before) == []
    assert failed(loaded(series=6), before=before) == ["coverage against the published run"]


def test_broken_observations_fail():
    """More than a quarter of broken rows fails the check; rows outside the window do not count."""
    fine = ReadReport(rows=200, used=75, dropped={"sentinel": 25, "outside_window": 100})
    broken = ReadReport(rows=200, used=74, dropped={"sentinel": 26, "outside_window": 100})

    assert failed(loaded(), fine) == []
    assert failed(loaded(), broken) == ["few rows are broken"]


def test_one_bad_parameter_costs_itself():
    """A parameter, source or country that is systematically off costs no night, and is named."""
    counts = {"used": 70, "dropped": {"implausible": 30}}
    groups = {"parameter pm25": [70, 0], "parameter pressure": [0, 30], "source csv": [70, 30]}
    for name in ("parameter pressure", "source odd", "country NP"):
        alone = {"parameter pm25": [70, 0], "source csv": [70, 0], name: [0, 30]}
        assert failed(loaded(), ReadReport(rows=100, **counts, groups=alone)) == []
    read = ReadReport(rows=100, **counts, groups=groups)
    checks = check_run(RUN, loaded(), read, None, Gate())

    assert failed(loaded(), read) == []
    assert (
        "0.00% of 70 rows are broken; at most 25%; without parameter pressure, of which 100.00%"
        in (" ".join(check.detail for check in checks))
    )


def test_most_rows_are_of_the_bad_parameter():
    """If most rows are of a broken parameter, the night is refused."""
    groups = {"parameter pm25": [40, 0], "source csv": [40, 60], "parameter pressure": [0, 60]}
    read = ReadReport(rows=100, used=40, dropped={"implausible": 60}, groups=groups)

    assert failed(loaded(), read) == ["few rows are broken"]


def test_one_bad_parameter_of_two():
    """Without the worst parameter, the others still have to be right."""
    groups = {"parameter pm25": [10, 30], "parameter o3": [0, 35], "parameter co": [25, 0]}
    read = ReadReport(rows=100, used=35, dropped={"implausible": 65}, groups=groups)

    assert failed(loaded(), read) == ["few rows are broken"]


def test_a_wrong_unit_fails_the_shift():
    """A shift that weather can cause passes; one that a wrong unit causes fails."""
    before = published(loaded(10))

    assert failed(loaded(15), before=before) == []
    assert failed(loaded(50), before=before) == ["shift of temperature"]


@pytest.mark.parametrize(("series", "most"), [(1, 24.0), (3, 16.3), (100, 7.8), (10_000, 6.1)])
def test_a_few_stations_may_move_with_their_weather(series, most):
    """The mean of a few stations may move by more than that of many; intervals are 2 wide."""
    before = published(loaded(10, series))

    assert failed(loaded(10 + most, series), before=before) == []
    assert failed(loaded(10.2 + most, series), before=before) == ["shift of temperature"]


def test_report_is_one_line_of_json():
    """The report has verdict, checks, counts and the reason in one line of JSON."""
    report = loaded(stations=9)
    checks = check_run(RUN, report, ReadReport(rows=5), None, Gate())
    shown = json.loads(json.dumps(report_of(checks, report, ReadReport(rows=5))))

    assert shown["accepted"] is False
    assert shown["series"] == 10
    assert shown["observations"]["rows"] == 5
    assert shown["parameters"]["temperature"]["mean_p50"] == 10
    assert shown["parameters"]["temperature"]["mean_width"] == 2
    assert reason_of(checks) == "stations have an item: 9 of 10; at least 99%"
