"""Bodies are gzip for everybody, and can be joined without being inflated."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.bodies import compress, decompress, joined
from forecasts.errors import FormatError

AROUND = (b'{"items":[', b",", b'],"next":null}')

#: Short ones, and long ones that deflate into several blocks.
texts = st.binary(max_size=300) | st.builds(
    lambda text, times: text * times, st.binary(min_size=1, max_size=9), st.integers(1, 30_000)
)
#: As they are written, as they were written before, and as Python writes them, with our header.
ways = st.sampled_from(
    [
        compress,
        lambda text: compress(text, 1),
        lambda text: zlib.compress(text, 9, 31),
        lambda text: gzip.compress(text, 6, mtime=0),
    ]
)


def inflated(body):
    """Inflate gzip as a client does that knows nothing of members: all must be in the first."""
    inflater = zlib.decompressobj(31)
    text = inflater.decompress(body)

    assert inflater.eof
    assert inflater.unused_data == b""
    return text


@given(texts)
def test_round_trip(text):
    """A body is gzip of one member, and survives."""
    assert inflated(compress(text)) == decompress(compress(text)) == text


@given(st.lists(st.tuples(texts, ways), max_size=6), st.lists(st.binary(max_size=20), min_size=3))
def test_joined(bodies, around):
    """Any bodies, new and old, make one gzip of one text."""
    before, between, after = around[:3]
    whole = joined([way(text) for text, way in bodies], before, between, after)

    assert inflated(whole) == before + between.join(text for text, _ in bodies) + after


def test_nothing_is_inflated_or_deflated():
    """The compressed bytes of a body stand in the whole as they were stored."""
    text = bytes(range(256)) * 4
    blocks = compress(text)[10:-10]

    assert blocks in joined([compress(text)] * 3, *AROUND)


def test_little_is_added():
    """To be joinable costs a body a few bytes."""
    text = b'{"p50":[3.6,3.7,3.9]}' * 50
    plain = zlib.compressobj(9, zlib.DEFLATED, 31, 9)

    assert len(compress(text)) <= len(plain.compress(text) + plain.flush()) + 7


def test_the_same_bytes_every_day():
    """There is no time of writing in a body."""
    assert compress(b"text")[4:8] == bytes(4)


@pytest.mark.parametrize("body", [b"", b"{}", compress(b"text")[:10], compress(b"text")[:-9]])
def test_foreign_bodies(body):
    """What is no gzip, or only a part of it, is refused, alone and among others."""
    with pytest.raises(FormatError, match="not a compressed body"):
        decompress(body)
    with pytest.raises(FormatError, match="not a compressed body"):
        joined([compress(b"text"), body], *AROUND)
