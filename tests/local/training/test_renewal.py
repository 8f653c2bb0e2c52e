"""A month's training on one machine: it ends in a better model, or in the one that was in use."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from batch_jobs.observations.files import open_location
from batch_jobs.progress import quiet
from batch_jobs.training.errors import CandidatesError
from batch_jobs.training.registry import Registry, TrainingState, approved
from batch_jobs.training.releasing import ModelFile
from forecasts.stores.sqlite import SQLiteStore
from local.training.renewal import DEPTHS, Renewal, renew
from tests.factories import ISSUE_TIME
from tests.verified import put_verified_run

DECEMBER = datetime(2026, 12, 1, 3, tzinfo=UTC)
JANUARY = datetime(2027, 1, 1, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def temperatures(observations):
    """Twelve weeks of temperatures, and the list of stations."""
    frame = pl.read_parquet(observations / "observations" / "weather.parquet")
    recent = pl.col("time").is_between(ISSUE_TIME - timedelta(days=84), ISSUE_TIME)
    chosen = frame.filter(recent & (pl.col("parameter") == "temperature"))
    return chosen, (observations / "stations.csv").read_bytes()


class Place:
    """A folder with observations, a registry, and a model."""

    def __init__(self, folder):
        self.file = folder / "observations" / "observations" / "weather.parquet"
        self.registry = Registry(open_location(str(folder / "training")))
        self.in_use = ModelFile(open_location(str(folder)), "model.tar.gz")
        self.folder = folder

    def renew(self, now=DECEMBER, track=quiet, **more):
        """Start the training of a month."""
        observations = str(self.folder / "observations")
        folder = self.folder / "training"
        return renew(Renewal(folder, self.registry, self.in_use, observations, now, track, **more))


@pytest.fixture(scope="module")
def empty(temperatures, tmp_path_factory):
    """A folder with observations only."""
    frame, stations = temperatures
    folder = tmp_path_factory.mktemp("place")
    place = Place(folder)
    place.file.parent.mkdir(parents=True)
    (folder / "observations" / "stations.csv").write_bytes(stations)
    frame.write_parquet(place.file)
    return folder


@pytest.fixture
def place(empty, tmp_path):
    """A place where nothing was trained yet."""
    return Place(shutil.copytree(empty, tmp_path / "place"))


@pytest.fixture(scope="module")
def trained(empty, tmp_path_factory):
    """A place whose candidates wait for approval."""
    place = Place(shutil.copytree(empty, tmp_path_factory.mktemp("trained") / "place"))
    assert place.renew(ask=True).state is TrainingState.WAITING
    return place.folder


@pytest.fixture
def waiting(trained, tmp_path):
    """Its copy."""
    return Place(shutil.copytree(trained, tmp_path / "place"))


class Watching:
    """Progress that keeps the labels, and presses Ctrl-C at one of them."""

    def __init__(self, stop=None):
        self.labels, self.stop = [], stop

    def __call__(self, items, label, _total):
        """Return the items."""
        self.labels.append(label)
        if label == self.stop:
            raise KeyboardInterrupt
        return items


def spoilt(frame):
    """Return observations whose first nine weeks are noise, which teaches nothing."""
    noise = pl.Series(np.random.default_rng(1).normal(0, 10, len(frame)))
    before = pl.col("time") < ISSUE_TIME - timedelta(days=20)
    return frame.with_columns(pl.when(before).then(noise).otherwise(pl.col("value")).alias("value"))


def test_two_months(waiting, temperatures):
    """The first model is approved; one that was spoilt on purpose is refused in the next month."""
    training = waiting.registry.training("2026-12")
    assert set(training.candidates) == {f"2026-12-depth{depth}" for depth in DEPTHS}
    assert training.source["stations"] == 3
    assert waiting.renew(ask=True) == training
    assert waiting.in_use.read() is None

    waiting.registry.put(approved(training, "ada"))
    assert waiting.renew(ask=True).state is TrainingState.RELEASED
    assert waiting.in_use.model().name == training.chosen
    assert waiting.registry.releases()[0].reason == "approved by ada"

    first = waiting.in_use.read()
    spoilt(temperatures[0]).write_parquet(waiting.file)
    refused = waiting.renew(JANUARY)
    assert refused.state is TrainingState.REFUSED
    assert refused.reason == "no candidate is good enough; the model in use stays"
    assert all("larger than that of" in each.reasons[0] for each in refused.candidates.values())
    assert waiting.in_use.read() == first
    assert len(waiting.registry.releases()) == 1


def test_a_second_start(place):
    """It goes on after Ctrl-C without what is done, and finds a month that is over done."""
    first = Watching(stop=f"Training, depth {DEPTHS[1]}")
    with pytest.raises(KeyboardInterrupt):
        place.renew(track=first)
    assert place.registry.training("2026-12").state is TrainingState.BEGUN
    assert place.in_use.read() is None

    second = Watching()
    assert place.renew(track=second).state is TrainingState.RELEASED
    assert [each for each in second.labels if each.startswith("Training")] == [
        f"Training, depth {depth}" for depth in DEPTHS[1:]
    ]
    third = Watching()
    assert place.renew(track=third).state is TrainingState.RELEASED
    assert third.labels == []


def test_another_model_in_use(waiting, model_path):
    """Candidates that were judged against another model are not kept when a month goes on."""
    begun = replace(waiting.registry.training("2026-12"), state=TrainingState.BEGUN, chosen="")
    waiting.registry.put(begun)
    waiting.in_use.location.write("model.tar.gz", model_path.read_bytes())
    done = waiting.renew()

    assert {each.judgement["in_use"] for each in begun.candidates.values()} == {None}
    assert {each.judgement["in_use"] for each in done.candidates.values()} == {"small"}


def test_a_bad_week(waiting, model_path, tmp_path):
    """A release that came true badly is taken back by the next start, which trains nothing."""
    waiting.in_use.location.write("model.tar.gz", model_path.read_bytes())
    waiting.registry.put(approved(waiting.registry.training("2026-12"), "ada"))
    chosen = waiting.renew().chosen
    later = DECEMBER + timedelta(days=9)
    store = SQLiteStore(str(tmp_path / "forecasts.db"), lambda: later, create=True)
    for days in range(1, 8):
        issued = DECEMBER.replace(hour=0) + timedelta(days=days)
        put_verified_run(store, issued, chosen, mae=18.0)
    done = waiting.renew(later, store=store)
    store.close()

    assert done.state is TrainingState.ROLLED_BACK
    assert done.reason.startswith("in the last 7 verified nights the error of temperature was 5")
    assert waiting.in_use.read() == model_path.read_bytes()


def test_too_little(place, temperatures):
    """With three weeks nothing is trained; the reason is kept, and the next start tries again."""
    weeks = pl.col("time") > ISSUE_TIME - timedelta(days=21)
    temperatures[0].filter(weeks).write_parquet(place.file)
    for _ in range(2):
        with pytest.raises(
            CandidatesError, match="no candidate could be trained: 2026-12-depth6: 5"
        ):
            place.renew()
        failed = place.registry.training("2026-12")
        assert failed.state is TrainingState.FAILED
        assert "hours of observations are too few to train on" in failed.reason


def test_the_report(waiting):
    """It goes with the candidates: a page, the numbers, and a plot."""
    folder = waiting.folder / "training" / "2026-12"
    page = (folder / "report.md").read_text()

    for candidate in waiting.registry.training("2026-12").candidates.values():
        assert f"## {candidate.name}: accepted" in page
        assert candidate.judgement["since"] in page
    assert "there is no model in use" in page
    assert "| temperature | " in page
    assert (folder / "report.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "report.json").read_bytes().startswith(b"[")
