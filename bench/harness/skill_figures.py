"""The figures of docs/skill.md: measured on held-back time, and on nights that are replayed."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from batch_jobs.nightly import Night
from batch_jobs.progress import Track
from batch_jobs.transform import load_model
from batch_jobs.verify_run import GROUPS
from forecasts.run import LEAD_HOURS
from forecasts.stores.open import open_store
from forecasts.times import from_text, utc_text
from local.training.training import evaluate_model, read_archive
from local.verification.nights import Replay
from local.verification.report import VerificationReport
from model.evaluation import Evaluated
from model.prediction import Model
from model.scoring import SUMS, Score

#: Lead times of the tables, in hours.
LEADS = (1, 3, 6, 12, 24)
#: Nights that count, and nights before them from which intervals are calibrated.
NIGHTS, NIGHTS_BEFORE = 60, 21
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Measured:
    """What was measured of a model.

    Attributes:
        since: Aware; begin of the held-back time.
        held_back: Scores on it, by parameter code.
        replay: The verification of the last nights.
    """

    since: datetime
    held_back: dict[str, Evaluated]
    replay: VerificationReport


def measure(
    model_path: Path, observations: str, clock: Callable[[], datetime], track: Track
) -> Measured:
    """Evaluate a model on its held-back time, and replay the last nights of it.

    Args:
        model_path: The artifact.
        observations: The folder that it was trained on.
        clock: Returns the aware time now.
        track: Shows progress.
    """
    model = load_model(model_path)
    archive = read_archive(observations, model.parameters, track)
    since = from_text(model.training["held_back_from"])
    scores = evaluate_model(model, archive, since)
    end = from_text("1970-01-01T00:00:00Z") + timedelta(hours=archive.first_hour + archive.hours)
    replay = _replayed(model, observations, (since, end), clock, track)
    return Measured(since, scores, replay)


def _replayed(
    model: Model,
    observations: str,
    time: tuple[datetime, datetime],
    clock: Callable[[], datetime],
    track: Track,
) -> VerificationReport:
    """Replay the last nights between two times; those before only calibrate."""
    last = (time[1] - timedelta(hours=LEAD_HOURS + 1)).replace(hour=0)
    nights = [last - number * _DAY for number in range(NIGHTS + NIGHTS_BEFORE)][::-1]
    # What a night sees may have been learned from; what it forecasts may not.
    unseen = [night for night in nights if night >= time[0]]
    report = VerificationReport(clock())
    with TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/replay.db", clock, create=True)
        night = partial(Night, store, model, observations, clock=clock)
        with closing(store):
            if unseen[:-NIGHTS]:
                Replay(unseen[:-NIGHTS], night).run(VerificationReport(clock()), track)
            Replay(unseen[-NIGHTS:], night).run(report, track)
    return report


def figures_of(measured: Measured) -> dict[str, Any]:
    """Return the figures of the page, JSON-ready."""
    runs = measured.replay.runs
    worst = _worst(measured.replay)
    return {
        "since": utc_text(measured.since),
        "held_back": {code: _held_back(score) for code, score in measured.held_back.items()},
        "nights": {"count": len(runs), "first": runs[0].id, "last": runs[-1].id},
        "replay": {
            code: _shown(score) | worst.get(code, {})
            for code, score in measured.replay.scores().items()
        },
    }


def _shown(score: Score) -> dict[str, Any]:
    """Return what both tables show of a parameter."""
    summary = score.summary()
    names = ("mae", "reference", "skill", "coverage", "below", "above", "zero", "brier_skill")
    zero = "zero" in score.references
    shown = {name: summary.get(name) for name in names}
    return shown | {"reference_mae": summary[score.reference], "mostly_zero": zero}


def _held_back(score: Evaluated) -> dict[str, Any]:
    share = score.share_of_best()
    return _shown(score) | {
        "repeats": round(score.repeats, 4),
        "share_of_best": [round(float(share[hour - 1]), 4) for hour in LEADS],
        "share_of_week": _share_of_week(score),
    }


def _share_of_week(score: Score) -> list[float]:
    """Return the MAE as a share of that of the week's mean, for each group of lead times."""
    groups = score.sums.reshape(GROUPS, -1, len(SUMS)).sum(axis=1)
    shares = groups[:, SUMS.index("mae")] / groups[:, SUMS.index("week")]
    return [round(share, 4) for share in np.asarray(shares).tolist()]


def _worst(report: VerificationReport) -> Mapping[str, dict[str, Any]]:
    """Return for each parameter the station whose intervals held the least."""
    worst: dict[str, dict[str, Any]] = {}
    for station, code, score in report.worst(len(report.sums)):
        coverage = round(score.overall("coverage"), 4)
        worst.setdefault(code, {"worst_station": station.id, "worst_coverage": coverage})
    return worst
