"""Bodies are ordinary gzip, and older forms are still read."""

import base64
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.errors import FormatError
from forecasts.gzip_bodies import compress, decompress


@given(st.binary(max_size=3000), st.sampled_from([1, 5, 9]))
def test_round_trip(text, level):
    """A body survives compression at any level, and any gzip reader can read it."""
    assert gzip.decompress(compress(text, level)) == decompress(compress(text, level)) == text


def test_a_body_of_an_older_night():
    """A body from before this version, with a flush before its end, is read."""
    older = base64.b64decode("H4sIAAAAAAAA/6pWyixJzS1Wsoo21DPVMULg2FoAAAAA//8DALZ824YbAAAA")

    assert decompress(older) == b'{"items":[1.5,2.5,2.5,2.5]}'


def test_the_same_bytes_every_day():
    """The bytes do not depend on the time of writing."""
    assert compress(b"text")[4:8] == bytes(4)


@pytest.mark.parametrize("body", [b"", b"{}", compress(b"text")[:10], compress(b"text")[:-9]])
def test_foreign_bodies(body):
    """A body that is not gzip, or only a part of it, is refused."""
    with pytest.raises(FormatError, match="not a compressed body"):
        decompress(body)
