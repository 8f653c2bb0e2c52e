"""The packed form of a history: exact, small, and safe to read."""

import math
import random
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from forecasts import packed_history
from forecasts.errors import FormatError, UnknownParameterError
from forecasts.parameter import PARAMETERS
from tests.factories import calibrations, histories
from tests.packed import pack

latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)
elevations = st.none() | st.floats(-430, 9000)
PACKED = pack(1.5, 2.5, 3.5, {"pm25": [1.0, None, 900.0, -5.5] * 42, "co": [7.0] * 168})
HEADER = 28


@given(latitudes, longitudes, elevations, histories(hours=30), calibrations())
@example(0.0, 0.0, None, {}, {})
@example(0.0, 0.0, None, {"pm25": []}, {})
@example(
    -90.0, 180.0, 0.0, {"co": [0.0, 100_000.0, 0.0, None, 126.0, 252.0, 379.0, 253.0, 126.0]}, {}
)
def test_round_trip(latitude, longitude, elevation, history, calibration):
    """A packed history is read back number for number, gaps and factors included."""
    packed = pack(latitude, longitude, elevation, history, calibration)

    assert packed_history.unpack(packed) == (latitude, longitude, elevation, history, calibration)


@given(histories(hours=30))
def test_version_1(history):
    """A history of before there were factors is read; it has none."""
    packed = pack(1.5, 2.5, None, history)
    start = HEADER + len(history)
    older = b"\x01" + packed[1:start] + packed[start + 1 :]

    assert packed_history.unpack(older) == (1.5, 2.5, None, history, {})


@given(st.sampled_from(sorted(PARAMETERS)), st.data())
def test_every_limit_fits(code, data):
    """A jump from one plausible limit to the other is packed exactly, both ways."""
    low, high = PARAMETERS[code].minimum, PARAMETERS[code].maximum
    series = data.draw(st.lists(st.sampled_from([low, high, None]), max_size=20))

    unpacked = packed_history.unpack(pack(0, 0, 0, {code: series}))

    assert unpacked.history == {code: series}


def test_order_of_parameters_is_kept():
    """Parameters keep their order; they are not sorted into the catalogue's."""
    history = {"temperature": [1.0], "pm25": [2.0], "dew_point": [None]}

    unpacked = packed_history.unpack(pack(0, 0, None, history))

    assert list(unpacked.history.items()) == list(history.items())


def test_size_of_a_week():
    """A week of seven smooth parameters, with one hour in twenty missing, is about a kilobyte."""
    draw = random.Random(0)  # noqa: S311 -- weather, not secrets
    codes = ("temperature", "dew_point", "relative_humidity", "wind_speed", "pressure", "o3", "no2")
    history = {code: _smooth(draw, PARAMETERS[code].decimals) for code in codes}

    plain = pack(40.64, -73.78, 4.0, history)
    sides = {"low": [1.0, 0.9, 1.1, 2.0], "high": [1.0, 1.0, 1.0, 1.0]}
    assert len(plain) < 1200
    assert len(pack(40.64, -73.78, 4.0, history, dict.fromkeys(codes, sides))) == len(plain) + 63


def _smooth(draw, decimals):
    noise = [draw.gauss(0, 0.3) for _ in range(168)]
    daily = [20 + 5 * math.sin(hour / 24 * math.tau) + noise[hour] for hour in range(168)]
    return [None if draw.random() < 0.05 else round(value, decimals) for value in daily]


def test_unknown_parameter():
    """A parameter that the catalogue does not hold is not packed."""
    with pytest.raises(UnknownParameterError, match="unknown parameter 'radon'"):
        pack(0, 0, 0, {"radon": [1.0]})


def test_another_format():
    """A history of a later format is refused by its number."""
    with pytest.raises(FormatError, match="history of format 3; this version reads 1 and 2"):
        packed_history.unpack(b"\x03" + PACKED[1:])


def test_parameter_of_a_later_catalogue():
    """A history that names a parameter this version does not know is refused."""
    with pytest.raises(FormatError):
        packed_history.unpack(PACKED[:HEADER] + b"\xff" + PACKED[HEADER + 1 :])


@pytest.mark.parametrize("kept", range(len(PACKED)))
def test_truncated(kept):
    """A truncated history is refused, wherever it was cut."""
    with pytest.raises(FormatError):
        packed_history.unpack(PACKED[:kept])


@pytest.mark.parametrize("tokens", [b"", b"\xfe", b"\xfe\x01\x02", b"\x80" * 3, b"\x80\xfe\x00"])
def test_too_few_tokens(tokens):
    """Tokens that end before the last hour, or in the middle of a value, are refused."""
    packed = pack(0, 0, 0, {"pm25": [0.0] * 4})
    cut = packed[: HEADER + 2] + zlib.compress(tokens, wbits=-15)

    with pytest.raises(FormatError):
        packed_history.unpack(cut)


@given(st.binary(max_size=200))
@example(b"\x01\x01\x01\x00" + bytes(24) + b"\x00" + zlib.compress(b"\xfe", wbits=-15))
def test_any_bytes(packed):
    """Any bytes are read as a history or refused with a `FormatError`."""
    assert _unpack(packed) is None or len(packed) >= HEADER


@given(st.data())
def test_damaged_bytes(data):
    """A history with overwritten bytes is read as some history or refused; it never crashes."""
    damaged = bytearray(PACKED)
    places = st.tuples(st.integers(1, len(PACKED) - 1), st.integers(0, 255))
    for place, byte in data.draw(st.lists(places, min_size=1, max_size=6)):
        damaged[place] = byte

    unpacked = _unpack(bytes(damaged))

    assert unpacked is None or len(unpacked) == 5


@given(st.binary(max_size=100), st.integers(0, 3), st.integers(0, 20))
def test_any_tokens(tokens, count, hours):
    """Arbitrary tokens that deflate well are read as numbers or refused."""
    header = bytes([1, count]) + hours.to_bytes(2, "little") + bytes(24) + bytes(range(count))

    unpacked = _unpack(header + zlib.compress(tokens, wbits=-15))

    assert (
        unpacked is None or [len(series) for series in unpacked.history.values()] == [hours] * count
    )


def _unpack(packed):
    try:
        return packed_history.unpack(packed)
    except FormatError:
        return None
