"""The retries that every client of the table shares."""

import random

from forecasts.stores.dynamodb.retries import FIRST_DELAY_SECONDS, Waits


def test_copies_of_a_process_wait_differently():
    """Processes that resume from the same snapshot, with the same random state, wait differently.

    The probability that ten waits of both processes are equal is negligible.
    """
    waited = []
    for _ in range(2):
        random.seed(1)
        seconds = []
        for _ in range(10):
            Waits(sleep=seconds.append).wait(0)
        waited.append(seconds)

    assert waited[0] != waited[1]
    assert all(0 <= second <= FIRST_DELAY_SECONDS for second in waited[0])
