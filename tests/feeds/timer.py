"""Time that passes only when somebody waits."""

from batch_jobs.feeds.http import Timer


class PassingTime:
    """A clock and a sleep that agree.

    Attributes:
        seconds: The time.
        waits: Seconds of each wait.
        timer: For a client.
    """

    def __init__(self):
        self.seconds = 1000.0
        self.waits = []
        self.timer = Timer(now=lambda: self.seconds, sleep=self._sleep, jitter=lambda: 1.0)

    def _sleep(self, seconds):
        self.waits.append(seconds)
        self.seconds += seconds
