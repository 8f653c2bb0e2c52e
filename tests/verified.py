"""Ready-made verifications for tests."""

from datetime import timedelta

import pytest

from forecasts.run import issue_time_of, run_id
from forecasts.runs import put_run
from forecasts.verification import LEAD_GROUPS, SUMS, VerifiedNetwork, VerifiedRun
from forecasts.verifications import network_item
from tests.factories import a_run

_USUAL = dict.fromkeys(SUMS, 0.0) | {
    "hours": 6.0,
    "below": 1.0,
    "bias": -3.0,
    "mae": 6.0,
    "pinball": 3.0,
    "persistence": 24.0,
    "yesterday": 18.0,
    "week": 12.0,
}
_RAIN = {"zero": 3.0, "zeros": 5.0, "chance_hours": 6.0, "wet": 1.0, "brier": 0.5}


def sums_of(**values):
    """Return sums of six hours: of an MAE of 1, and references of 4, 3 and 2."""
    return tuple((_USUAL | values)[name] for name in SUMS)


def groups_of(code, **values):
    """Return the sums of all groups of lead times of a parameter."""
    return (sums_of(**(_RAIN if code == "precipitation" else {}), **values),) * len(LEAD_GROUPS)


def before(current, days, attempt=1):
    """Return the id of the run *days* before the run *current*."""
    return run_id(issue_time_of(current) - timedelta(days), attempt)


def a_record(name, codes=("temperature",), late=timedelta(days=1), **values):
    """Return a verified run of one station, verified *late* after its issue time."""
    sums = {code: groups_of(code, **values) for code in codes}
    return VerifiedRun(name, issue_time_of(name) + late, sums)


def a_network(name, countries, late=timedelta(days=1)):
    """Return a verified run of all stations, verified *late* after its issue time.

    *countries* has the parameter codes of each country.
    """
    sums = {
        country: {code: groups_of(code) for code in codes} for country, codes in countries.items()
    }
    by = before(name, -1)
    return VerifiedNetwork(name, issue_time_of(name) + late, by, by, 100, sums)


def put_verified_run(store, issue_time, model, **of_temperature):
    """Put a run that *model* forecast, and its verification: 600 hours of temperature and rain."""
    run = a_run(id=run_id(issue_time, 1), issue_time=issue_time, planned_at=issue_time, model=model)
    put_run(store, run)
    sums = {
        "temperature": groups_of("temperature", **of_temperature),
        "precipitation": groups_of("precipitation", mae=99.0),
    }
    countries = {f"{first}{second}": sums for first in "ABCDE" for second in "ABCDE"}
    night = VerifiedNetwork(run.id, issue_time, run.id, run.id, 25, countries)
    store.put_many([network_item(night, run)])


def is_read_back(written, read):
    """Tell if a verified run is read back as exactly as `forecasts.packed_network` promises."""
    assert read._replace(countries={}) == written._replace(countries={})
    assert {country: list(sums) for country, sums in read.countries.items()} == {
        country: list(sums) for country, sums in written.countries.items()
    }
    for country, parameters in written.countries.items():
        for code, groups in parameters.items():
            for before, after in zip(groups, read.countries[country][code], strict=True):
                _is_near(dict(zip(SUMS, before, strict=True)), dict(zip(SUMS, after, strict=True)))
    return True


def _is_near(before, after):
    exact = ("hours", "below", "above", "zeros", "chance_hours", "wet")
    assert [after[name] for name in exact] == [before[name] for name in exact]
    assert after.pop("bias") == pytest.approx(before.pop("bias"), abs=0.0051 * before["mae"])
    assert after == pytest.approx(before, rel=0.0051)
