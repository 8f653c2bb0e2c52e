"""A service that answers every POST with what a function returns."""

import httpx

from bench.harness.loopback import answering


def test_answers():
    """The function gets the body of each request, and its result is the answer."""
    with answering(bytes.upper) as url:
        answers = [httpx.post(url, content=body).content for body in (b"one", b"two")]

    assert answers == [b"ONE", b"TWO"]
