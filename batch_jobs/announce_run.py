"""AnnounceRun: those who want to know are told that readers were moved to another run."""

from batch_jobs.announcements.announcer import Announcer
from batch_jobs.announcements.event import event_of
from forecasts.run import Pointer
from forecasts.runs import current_pointer
from forecasts.stores.protocol import Reader


def announce_run(store: Reader, run_id: str, announcer: Announcer) -> list[str]:
    """Tell of a run that was published, unless readers are on another one by now.

    Returns and raises what `announce_move` does.
    """
    pointer = current_pointer(store)
    if pointer is None or pointer.current != run_id:
        return []
    return announce_move(store, pointer, pointer.previous, announcer)


def announce_move(
    store: Reader, pointer: Pointer, before: str | None, announcer: Announcer
) -> list[str]:
    """Tell that readers were moved from run *before* to the one that *pointer* names.

    Returns:
        What went wrong, a line for each way of the announcer that failed.

    Raises:
        ForecastsError: The store failed, or what it has of the two runs cannot be read.
    """
    if not announcer.channels:
        return []
    return announcer.tell(event_of(store, pointer, before, announcer.public_url))
