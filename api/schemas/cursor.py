"""Cursors: where in a list the next page begins.

A cursor names the run that the list was read under, so that pages fit together even if the next run
is published in between.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

_CURSOR = re.compile(r"([0-9]{8}T[0-9]{4}Z-[0-9]{1,4})\.([0-9]{1,9})\.([0-9a-f]{16})")


class Cursor(NamedTuple):
    """A place in a list.

    Attributes:
        run_id: The run that the list was read under.
        offset: Number of items before the place.
        asked: Digest of the search; another search has another list.
    """

    run_id: str
    offset: int
    asked: str

    def to_text(self) -> str:
        """Write the cursor, safe in an address."""
        text = f"{self.run_id}.{self.offset}.{self.asked}"
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """Read a cursor.

        Raises:
            ValueError: *text* is not a cursor.
        """
        decoded = urlsafe_b64decode(text + "==").decode()
        match = _CURSOR.fullmatch(decoded)
        if match is None:
            raise ValueError("not a cursor")
        return cls(match[1], int(match[2]), match[3])
