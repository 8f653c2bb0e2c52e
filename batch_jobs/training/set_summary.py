"""What the manifest of a training set says of all of it, read without the tools to make one."""

import json
from datetime import datetime
from typing import NamedTuple

from batch_jobs.errors import FileError
from batch_jobs.observations.files import Location, content_so_far
from forecasts.times import from_text

_MANIFEST = "manifest.json"


class SetSummary(NamedTuple):
    """A training set in short.

    Attributes:
        since: The first hour with a value, aware UTC.
        until: The last one.
        parameters: Codes of its parameters.
    """

    since: datetime
    until: datetime
    parameters: tuple[str, ...]


def set_summary(location: Location) -> SetSummary | None:
    """Read the summary of a set; None before there is a set.

    Raises:
        FileError: The manifest cannot be read, or is damaged.
    """
    content = content_so_far(location, _MANIFEST)
    if content is None:
        return None
    try:
        manifest = json.loads(content)
        since, until = (from_text(manifest[name]) for name in ("since", "until"))
        return SetSummary(since, until, tuple(sorted(manifest["parameters"])))
    except (ValueError, KeyError, TypeError) as error:
        reason = f"not that of a training set: {error!r}"
        raise FileError(_MANIFEST, "damaged_file", reason) from error
