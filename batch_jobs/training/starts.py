"""Starts of the training: of all executions of the state machine, one is at work at a time.

Each execution that has something to do writes a file: `0001.json`, `0002.json` and so on. A number
is given away once: of several executions that want it, the first gets it. The newest start counts
until it is ended, or until the state machine's own limit has stopped its execution. A command that
changes what executions work on takes the place of one.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from batch_jobs.errors import FileError
from batch_jobs.observations.days import ALL_DAYS
from batch_jobs.observations.files import Location, files_so_far
from forecasts.times import utc_text

#: After this time the state machine has stopped an execution: its `TimeoutSeconds`.
LONGEST = timedelta(hours=18)


@dataclass(frozen=True, slots=True)
class _Start:
    """A start.

    Attributes:
        execution: Name of its execution.
        until: When it no longer counts, RFC 3339 UTC.
        ended: Whether it has ended before.
    """

    execution: str
    until: str
    ended: bool = False

    def is_at_work(self, now: datetime) -> bool:
        return not self.ended and utc_text(now) < self.until


class Starts:
    """All starts so far.

    Args:
        location: Where they are; other files do no harm.
    """

    def __init__(self, location: Location) -> None:
        self._location = location

    def begin(self, execution: str, now: datetime, longest: timedelta = LONGEST) -> bool:
        """Let an execution work, unless another one does; a repeated call gives the same answer.

        Args:
            execution: Its name.
            now: Aware.
            longest: After this time it no longer counts, ended or not.

        Raises:
            LocationError: The starts cannot be listed.
            FileError: One cannot be read or written.
        """
        number = self._newest()
        newest = self._read(number) if number else None
        if newest and newest.execution == execution:
            return not newest.ended
        if newest and newest.is_at_work(now):
            return False
        start = _Start(execution, utc_text(now + longest))
        return self._location.write_new(_name(number + 1), _content(start))

    def is_newest(self, execution: str) -> bool:
        """Tell whether no other execution has begun since this one.

        Raises:
            LocationError: The starts cannot be listed.
            FileError: The newest one cannot be read.
        """
        number = self._newest()
        return number > 0 and self._read(number).execution == execution

    def end(self, execution: str) -> None:
        """End the start of an execution, so that the next one need not wait for its limit.

        Raises:
            LocationError: The starts cannot be listed.
            FileError: The newest one cannot be read or written.
        """
        number = self._newest()
        newest = self._read(number) if number else None
        if newest and newest.execution == execution:
            self._location.write(_name(number), _content(replace(newest, ended=True)))

    def _newest(self) -> int:
        """Return the number of the newest start; 0 if there is none."""
        names = [file.name for file in files_so_far(self._location, ALL_DAYS)]
        numbers = [name.removesuffix(".json") for name in names]
        return max((int(number) for number in numbers if number.isdecimal()), default=0)

    def _read(self, number: int) -> _Start:
        name = _name(number)
        try:
            return _Start(**json.loads(self._location.read(name)))
        except (ValueError, TypeError) as error:
            advice = "delete it if no execution is running"
            raise FileError(name, "damaged_file", f"not a start: {error!r}; {advice}") from error


def _name(number: int) -> str:
    return f"{number:04}.json"


def _content(start: _Start) -> bytes:
    return json.dumps(asdict(start)).encode() + b"\n"
