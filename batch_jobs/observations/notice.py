"""The notice: what readers of the forecasts must know about the observations.

A demonstration or a replay forecasts from weather that is not today's, or not real. Whoever makes
such observations says so in a file beside them; the run and all its answers repeat it.
"""

from collections.abc import Sequence

from batch_jobs.errors import FileError
from batch_jobs.observations.file_faults import FaultReport, reported
from batch_jobs.observations.files import File, Location

#: The file at the top of a location that holds the notice: one line of text, UTF-8.
NOTICE_FILE = "notice.txt"

#: Characters of the longest notice. Every forecast repeats it, and is paid by size.
LONGEST_NOTICE = 200


def read_notice(place: Location, files: Sequence[File], report: FaultReport) -> str | None:
    """Read the notice of a location; None if it has none.

    A notice that is no text, has several lines or is too long is reported: a run must not pass
    over in silence what its observations say about themselves.

    Args:
        place: The location.
        files: Its files.
        report: Takes the fault.
    """
    if not any(file.name == NOTICE_FILE for file in files):
        return None
    text = ""
    with reported(NOTICE_FILE, report):
        text = _checked(place.read(NOTICE_FILE))
    return text or None


def _checked(content: bytes) -> str:
    """Return the text of a notice.

    Raises:
        FileError: It cannot be one.
    """
    try:
        text = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise FileError(NOTICE_FILE, "bad_notice", "it is not UTF-8 text") from error
    if not text.isprintable() or len(text) > LONGEST_NOTICE:
        reason = f"it must be one line of at most {LONGEST_NOTICE} characters"
        raise FileError(NOTICE_FILE, "bad_notice", reason)
    return text
