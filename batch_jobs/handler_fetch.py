"""The entry point of the functions that fetch observations: one for each source.

A schedule calls them, with any input. `batch_jobs.settings.FetchSettings` says what their
environment has.
"""

import os
from dataclasses import replace
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.parameters import SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from aws_lambda_powertools.utilities.typing import LambdaContext

from batch_jobs.aws import count_of_source, logger
from batch_jobs.errors import SourceError
from batch_jobs.feeds.fetch import Summary
from batch_jobs.feeds.http import Timer
from batch_jobs.feeds.source import Tally
from batch_jobs.feeds.sources import fetch_from
from batch_jobs.settings import FetchSettings
from forecasts.times import utc_now, utc_text

#: Before Lambda ends a function: a silent service is noticed, and what came is written.
RESERVE_SECONDS = 120

_settings = FetchSettings.of(os.environ)


@logger.inject_lambda_context(clear_state=True)
def handler(_event: object, context: LambdaContext) -> dict[str, Any]:
    """Fetch what is missing; log and return what was done.

    A service that fails is in the log and in the metrics. It is no error of the function: the next
    fetch makes up for it, and an alarm watches for long silence.

    Raises:
        SourceError: The source cannot be used as it is set up, as without its key.
        LocationError: The observations cannot be listed.
        FileError: A file cannot be read or written.
    """
    timer = Timer()
    seconds = context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS
    now = utc_now()
    summary = fetch_from(
        _settings.source,
        os.environ | {"OPENAQ_API_KEY": _key()},
        _settings.observations,
        _settings.stations,
        (now, None),
        Tally(say=logger.info),
        replace(timer, until=timer.now() + seconds),
    )
    _count(summary, now)
    told = _told(summary)
    log = logger.error if summary.is_dead else logger.info
    log("fetched", extra=told | {"key_parameter": _settings.key_parameter})
    return told


def _key() -> str:
    """Return the key of the source, as it is now; "" if it needs none."""
    name = _settings.key_parameter
    if not name:
        return ""
    try:
        return str(SSMProvider().get(name, decrypt=True))
    except GetParameterError as error:
        reason = (
            f"its key cannot be read from Parameter Store: {error}; if it is not there, put it"
            f" there: aws ssm put-parameter --type SecureString --name {name} --value YOUR_KEY"
        )
        raise SourceError(_settings.source, reason) from error


def _count(summary: Summary, now: datetime) -> None:
    values: dict[str, float] = {
        "FetchedReadings": summary.new,
        "FetchFailures": len(summary.failures),
    }
    if summary.newest is not None:
        values["NewestReadingAge"] = (now - summary.newest).total_seconds()
    count_of_source(summary.source, **values)


def _told(summary: Summary) -> dict[str, Any]:
    return {
        "source": summary.source,
        "wanted": summary.wanted,
        "since": utc_text(summary.since),
        "new": summary.new,
        "known": summary.known,
        "left_out": summary.left_out,
        "stations": len(summary.stations),
        "newest": utc_text(summary.newest) if summary.newest else None,
        "files": len(summary.files),
        "requests": summary.requests,
        "slept": round(summary.slept),
        "failures": summary.failures,
        "notes": summary.notes,
        "is_dead": summary.is_dead,
    }
