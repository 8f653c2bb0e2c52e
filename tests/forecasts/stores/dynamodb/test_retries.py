"""What every client of the table agrees on."""

import random

from forecasts.stores.dynamodb.retries import FIRST_DELAY_SECONDS, Waits


def test_copies_of_a_process_wait_differently():
    """Processes that go on from the same snapshot, and share its random numbers, do not wait alike.

    Ten waits of one and of the other are equal with a probability that is none.
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
