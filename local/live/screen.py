"""What is shown of the steps of a refresh."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from batch_jobs.feeds.fetch import Summary
from batch_jobs.progress import Track, quiet
from forecasts.run import Run
from forecasts.times import utc_text
from model.evaluation import Evaluated


@dataclass(frozen=True)
class Screen:
    """Shows the steps of a refresh.

    Attributes:
        say: Takes sentences.
        fetched: Takes what a fetch did.
        trained: Takes the scores of a new model, and why parameters were left out of it.
        forecast: Takes a published run, and the seconds of its states; none if it was done before.
        track: Shows progress.
    """

    say: Callable[[str], None]
    fetched: Callable[[Summary], object]
    trained: Callable[[Mapping[str, Evaluated], Sequence[str]], object]
    forecast: Callable[[Run, dict[str, float]], object]
    track: Track = quiet


def brief(say: Callable[[str], None]) -> Screen:
    """Return a screen for the log of a server: a line for each step."""

    def fetched(summary: Summary) -> None:
        if summary.newest is None:  # the error that follows says why
            return
        for failure in summary.failures:
            say(f"failed: {failure}")
        say(f"{summary.new} new readings, the newest of {utc_text(summary.newest)}")

    def trained(scores: Mapping[str, Evaluated], reasons: Sequence[str]) -> None:
        left_out = f"; left out: {'; '.join(reasons)}" if reasons else ""
        say(f"A new model of {', '.join(scores)}{left_out}")

    def forecast(run: Run, seconds: dict[str, float]) -> None:
        if seconds:
            say(f"Forecasts begin at {utc_text(run.issue_time)} now: run {run.id}")

    return Screen(say, fetched, trained, forecast)
