"""Damaged items: named by their key, with what is wrong and what to do, never with raw bytes."""

from collections.abc import Iterator
from contextlib import contextmanager
from json import JSONDecodeError
from typing import Any

from forecasts.errors import DamagedItemError, FormatError, InvalidStationError
from forecasts.run import IDENTITY, RUN_ID, issue_time_of
from forecasts.times import utc_text

#: What a reader raises if an item is not what a writer has written.
_FAULTS = (
    *(AttributeError, KeyError, RecursionError, TypeError, ValueError),
    *(FormatError, InvalidStationError),
)

_LONGEST = 80


@contextmanager
def reading(pk: str, sk: str, kind: str, advice: str) -> Iterator[None]:
    """Translate what goes wrong in the block, which reads an item.

    Args:
        pk: Partition key of the item.
        sk: Sort key of the item.
        kind: What it should be, as in "not a run".
        advice: What an operator can do if it is damaged.

    Raises:
        DamagedItemError: The item is not what it should be.
    """
    try:
        yield
    except _FAULTS as error:
        raise DamagedItemError(pk, sk, f"not a {kind}: {problem_of(error)}", advice) from error


def problem_of(error: Exception) -> str:
    """Say what is wrong with an item, in one short line of printable characters.

    >>> problem_of(KeyError("issue_time")), problem_of(UnicodeDecodeError("utf-8", b"x", 0, 1, ""))
    ("no field 'issue_time'", 'not UTF-8 text')
    """
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8 text"
    if isinstance(error, JSONDecodeError):
        return f"not JSON at character {error.pos}"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    text = f"no field {error.args[0]!r}" if isinstance(error, KeyError) else str(error)
    return text.encode("ascii", "backslashreplace").decode()[:_LONGEST]


def check_run_fields(fields: dict[str, Any], run_id: str) -> None:
    """Refuse fields of a run that would only fail later, where nothing names the item any more.

    Raises:
        KeyError, TypeError, ValueError: A field is missing, of a wrong type, or impossible.
    """
    for name, kinds in _KINDS_OF_RUN.items():
        if not isinstance(fields[name], kinds):
            raise TypeError(f"field {name!r} is of a wrong type")
    if not all(isinstance(code, str) for code in fields["parameters"]):
        raise TypeError("field 'parameters' is of a wrong type")
    if not isinstance(fields.get("notice"), str | None):
        raise TypeError("field 'notice' is of a wrong type")
    if fields["id"] != run_id:
        raise ValueError("it has the id of another run")
    if not 0 <= fields["parts"] <= _MOST_PARTS:
        raise ValueError("it has an impossible number of parts")


_KINDS_OF_RUN: dict[str, Any] = {
    **dict.fromkeys(("id", "model"), str),
    **dict.fromkeys(("stations", "parts"), int),
    "parameters": list,
    "reason": (str, type(None)),
    "report": dict,
}
#: The sort keys of parts have five digits.
_MOST_PARTS = 100_000


def identity_of(fields: dict[str, Any]) -> str | None:
    """Return the identity of the run in the fields of a run or pointer; None if there is none.

    Raises:
        TypeError, ValueError: It is no identity.
    """
    identity: str | None = fields.get("identity")
    if identity is not None and not IDENTITY.fullmatch(identity):
        raise ValueError("it has an impossible identity")
    return identity


def made_anew(run_id: str) -> str:
    """Advise how to replace the items of a run; *run_id* may be damaged, too."""
    if not RUN_ID.fullmatch(run_id):
        return "no night wrote it; delete it from the table"
    time = utc_text(issue_time_of(run_id))
    return (
        f"make that night anew: `stationcast nightly --issue-time {time} --new-attempt`, or on "
        f'AWS start the state machine with {{"issue_time": "{time}", "new_attempt": true}}'
    )
