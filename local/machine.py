"""What this machine says of itself: the time, and how many cores it has."""

from __future__ import annotations

import os
from datetime import UTC, datetime


def now() -> datetime:
    """Return the time, aware UTC: the only clock of the command line."""
    return datetime.now(UTC)


def cores() -> int:
    """Count the cores of this machine."""
    return os.cpu_count() or 1
