"""What each start and each hour of `stationcast live` does: fetch, train if it is due, forecast.

Each step can be interrupted and done again: readings and models are complete files, and a night
that was killed is continued by the next one.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path

from batch_jobs.check_run import Gate
from batch_jobs.errors import BatchJobsError
from batch_jobs.feeds.fetch import Summary
from batch_jobs.nightly import Night, run_night
from batch_jobs.transform import load_model
from batch_jobs.write_downloads import open_downloads
from forecasts.run import RunState
from forecasts.runs import current_pointer
from forecasts.stores.open import open_store
from forecasts.times import HOUR
from local.errors import LiveError
from local.live.feed import SOURCE, Feed
from local.live.place import Place, write_place
from local.live.screen import Screen
from local.training.training import archive_of, read_all, train_possible
from model.errors import ArtifactError, TrainingError
from model.prediction import Model

#: What a model is trained from: a year, and the weeks that are held back.
HISTORY = timedelta(days=400)
#: An older model is trained again.
MODEL_LIFE = timedelta(days=90)
#: A history must reach until so long ago.
_UNTIL = timedelta(days=1)

#: The weather of a few stations may change by any amount from hour to hour, and one station that
#: falls silent must not keep the others from being forecast.
GATE = Gate(coverage=0.0, faults=1.0, shift=inf)


@dataclass(frozen=True)
class Live:
    """The folder of a place, and who fills it.

    Attributes:
        folder: Keeps everything.
        feed: Brings readings.
        clock: Gives the aware time.
        screen: Shows what happens.
    """

    folder: Path
    feed: Feed
    clock: Callable[[], datetime]
    screen: Screen

    @property
    def model_path(self) -> Path:
        """The model's artifact."""
        return self.folder / "model.tar.gz"

    @property
    def store_url(self) -> str:
        """Where the forecasts are."""
        return f"sqlite:///{self.store_path}"

    @property
    def store_path(self) -> Path:
        """The file of the forecasts."""
        return self.folder / "forecasts.db"


def refresh(live: Live, place: Place) -> Place:
    """Fetch what is new, train if it is due, and forecast from the last full hour.

    Returns:
        The place, with the day of a new history.

    Raises:
        LiveError: The source is dead, there is too little to train from, or the run is rejected.
        BatchJobsError: A file cannot be read or written.
        ForecastsError: The store failed.
        ModelError: The model cannot be used.
    """
    place, summary = _fetched(live, place)
    model = _model(live, place)
    _forecast(live, model, summary)
    return place


def issue_time_of(newest: datetime, now: datetime) -> datetime:
    """Return the last full hour that has a reading: the forecasts then begin now.

    The hour labelled 11:00 has the readings after 10:00. So at 11:02, when the report of 10:51 has
    not come yet, it is 10:00.

    Args:
        newest: Aware UTC; time of the newest reading.
        now: Aware UTC.

    >>> noon = datetime(2026, 11, 28, 12, tzinfo=UTC)
    >>> issue_time_of(noon - timedelta(minutes=9), noon + timedelta(minutes=10)).hour
    12
    >>> issue_time_of(noon - timedelta(minutes=69), noon + timedelta(minutes=2)).hour
    11
    >>> issue_time_of(noon + timedelta(minutes=15), noon + timedelta(minutes=20)).hour
    12
    """
    last = newest + HOUR - timedelta(microseconds=1)
    return min(last, now).replace(minute=0, second=0, microsecond=0)


def _fetched(live: Live, place: Place) -> tuple[Place, Summary]:
    """Fetch the history to train from if it is due, else what is missing.

    Raises:
        LiveError: Nothing came.
    """
    now = live.clock().astimezone(UTC)
    if not _is_due(place, now):
        summary = live.feed.fetch(place.stations, None)
        live.screen.fetched(summary)
        if summary.newest is None:
            raise LiveError(_nothing(summary))
        return place, summary
    live.screen.say(f"Fetching {HISTORY.days} days of {', '.join(place.stations)} ...")
    # From a midnight, so that a source that is asked in parts knows those that are stored.
    since = (now - HISTORY).replace(hour=0, minute=0, second=0, microsecond=0)
    summary = live.feed.fetch(place.stations, since)
    live.screen.fetched(summary)
    if summary.newest is None or summary.newest < now - _UNTIL:
        raise LiveError(f"{_nothing(summary)}; the same command goes on from here")
    whole = replace(place, history=f"{now:%Y%m%d}")
    write_place(live.folder, whole)
    return whole, summary


def _is_due(place: Place, now: datetime) -> bool:
    """Tell whether a history is to be fetched: there is none, or it is old."""
    if not place.history:
        return True
    fetched = datetime.strptime(place.history, "%Y%m%d").replace(tzinfo=UTC)
    return now - fetched > MODEL_LIFE


def _nothing(summary: Summary) -> str:
    reasons = "; ".join(summary.failures or summary.notes)
    return f"nothing new came from {SOURCE}: {reasons or 'it has no readings'}"


def _model(live: Live, place: Place) -> Model:
    """Return the model of the place's history; train it first if there is none.

    If it cannot be trained, the one before is used.
    """
    old = _stored_model(live.model_path)
    if old is not None and old.name == place.model_name:
        return old
    try:
        return _trained(live, place)
    except (TrainingError, BatchJobsError) as error:
        text = f"there is too little to train a model from: {error}"
        if old is None:
            more = "choose other stations, or a greater --km, with another --folder"
            raise LiveError(f"{text}; {more}") from error
        live.screen.say(f"failed: {text}; model {old.name} is used")
        return old


def _stored_model(path: Path) -> Model | None:
    try:
        return load_model(path)
    except ArtifactError:  # none yet, or one of an earlier version
        return None


def _trained(live: Live, place: Place) -> Model:
    read = read_all(str(live.feed.into), None, live.screen.track)
    path, name = live.model_path, place.model_name
    scores, reasons = train_possible(archive_of(read), name, path, live.screen.track)
    live.screen.trained(scores, reasons)
    return load_model(path)


def _forecast(live: Live, model: Model, summary: Summary) -> None:
    """Run the night of the last full hour.

    Raises:
        LiveError: It is not published.
    """
    now = live.clock().astimezone(UTC)
    with closing(open_store(live.store_url, live.clock, create=True)) as store:
        night = Night(
            store=store,
            model=model,
            observations=str(live.feed.into),
            issue_time=issue_time_of(summary.newest or now, now),
            clock=live.clock,
            gate=GATE,
            track=live.screen.track,
            downloads=open_downloads(live.store_url),
        )
        run = run_night(night)
    if run.state is not RunState.PUBLISHED:
        raise LiveError(f"run {run.id} is {run.state}: {run.reason}")
    live.screen.forecast(run, night.seconds)


def current_run(live: Live) -> str | None:
    """Return the id of the run that readers are on; None if there is none yet.

    Raises:
        ForecastsError: The store cannot be read.
    """
    if not live.store_path.exists():
        return None
    with closing(open_store(live.store_url, live.clock)) as store:
        pointer = current_pointer(store)
    return pointer.current if pointer else None
