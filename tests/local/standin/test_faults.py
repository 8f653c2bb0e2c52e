"""Faults as a client sends them."""

import json

import pytest

from local.standin.errors import FaultsError
from local.standin.faults import NO_FAULTS, Faults

VARIANTS = ("depth5", "depth10")


def test_nothing_is_on():
    """Faults that are left out are off."""
    assert Faults.from_json(b"{}", VARIANTS) == NO_FAULTS


def test_there_and_back():
    """All faults survive writing and reading."""
    given = {
        "delay_seconds": 5,
        "error_rate": 0.3,
        "drop_rate": 1,
        "throttle_rate": 0,
        "refuse": False,
        "variant": "depth10",
    }

    assert Faults.from_json(json.dumps(given).encode(), VARIANTS).to_json() == given


def test_faults_of_a_variant():
    """Faults concern the named variant only, or all variants."""
    one = Faults(variant="depth10")

    assert [one.concern(name) for name in VARIANTS] == [False, True]
    assert [NO_FAULTS.concern(name) for name in VARIANTS] == [True, True]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"no JSON", "not JSON: Expecting value: line 1 column 1 (char 0)"),
        (b"\xff", "not JSON: 'utf-8' codec can't decode"),
        (b"[]", "not a JSON object"),
        (b'{"delay": 1}', "'delay' is not a fault; the faults are delay_seconds, error_rate"),
        (b'{"delay_seconds": -1}', "'delay_seconds' is -1, not a number from 0 to 3600"),
        (b'{"delay_seconds": NaN}', "'delay_seconds' is nan, not a number from 0 to 3600"),
        (b'{"delay_seconds": "5"}', "'delay_seconds' is '5', not a number"),
        (b'{"error_rate": 1.1}', "'error_rate' is 1.1, not a number from 0 to 1"),
        (b'{"drop_rate": true}', "'drop_rate' is True, not a number from 0 to 1"),
        (b'{"throttle_rate": null}', "'throttle_rate' is None, not a number"),
        (b'{"refuse": 1}', "'refuse' is 1, not true or false"),
        (b'{"variant": "depth6"}', "'variant' is 'depth6'; the variants are depth10, depth5"),
        (b'{"refuse": true, "variant": "depth5"}', "'refuse' concerns the whole endpoint"),
    ],
)
def test_invalid_faults(body, reason):
    """The error names the field."""
    with pytest.raises(FaultsError) as caught:
        Faults.from_json(body, VARIANTS)

    assert str(caught.value).startswith(reason)
