"""Whom to tell, from environment variables; nobody unless one of them is set.

The secret of a webhook is in no option of a command, because other users of a machine can see
those, and no error shows it, or the address, which may have one of the receiver's.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from batch_jobs.announcements.addresses import written_address
from batch_jobs.announcements.announcer import Announcer, Channel
from batch_jobs.errors import SettingsError
from forecasts.public_url import PUBLIC_URL, public_url

WEBHOOK_URL = "STATIONCAST_WEBHOOK_URL"
WEBHOOK_SECRET = "STATIONCAST_WEBHOOK_SECRET"  # noqa: S105 -- the name of a variable
_SECRET_FILE = "STATIONCAST_WEBHOOK_SECRET_FILE"  # noqa: S105 -- the same
_BUS, _TOPIC = "STATIONCAST_EVENT_BUS", "STATIONCAST_TOPIC"

#: Standard Webhooks: this and 24 to 64 random bytes in base64.
_PREFIX = "whsec_"
_FEWEST, _MOST = 24, 64
_HOW = "make one with: echo whsec_$(openssl rand -base64 32)"

_HOST = re.compile(r"[a-z0-9.-]+|[0-9a-f:.]+")
_ARN = re.compile(r"arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+")
_URL_TEXT = re.compile(r"[!-~]{1,2000}")


def open_announcer(environment: Mapping[str, str], clock: Callable[[], datetime]) -> Announcer:
    """Return who tells of moves; without channels if no variable names one.

    Args:
        environment: `STATIONCAST_WEBHOOK_URL` is a receiver of signed requests,
            `STATIONCAST_WEBHOOK_SECRET` or the file `STATIONCAST_WEBHOOK_SECRET_FILE` what they are
            signed with. `STATIONCAST_EVENT_BUS` is a name of EventBridge, `STATIONCAST_TOPIC` an
            ARN of SNS. `STATIONCAST_PUBLIC_URL` is where clients reach the API, for links.
        clock: Gives the aware time.

    Raises:
        SettingsError: A variable is malformed, or a webhook has no secret.
    """
    given = {name: value.strip() for name, value in environment.items() if value.strip()}
    channels: list[Channel] = []
    if _BUS in given or _TOPIC in given:
        # boto3 takes a third of a second to import.
        from batch_jobs.announcements.aws import EventBus, Topic  # noqa: PLC0415

        channels += [EventBus(given[_BUS])] if _BUS in given else []
        channels += [Topic(_checked_topic(given[_TOPIC]))] if _TOPIC in given else []
    if WEBHOOK_URL in given:
        # asyncio and ssl take a tenth of a second to import.
        from batch_jobs.announcements.webhook import Webhook  # noqa: PLC0415

        channels.append(Webhook(_checked_url(given[WEBHOOK_URL]), _key(given), clock))
    return Announcer(tuple(channels), _public_url(given))


def _checked_url(url: str) -> str:
    reason = (
        "is not an address that begins with https:// and a name; http:// is for this machine alone "
        "(localhost, 127.0.0.1), and a user name belongs in neither"
    )
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
        host.encode("idna")  # as the resolver does, which needs names with proper labels
    except ValueError as error:
        raise SettingsError(WEBHOOK_URL, reason) from error
    secure = parts.scheme == "https" or (parts.scheme == "http" and _is_here(host))
    plain = _HOST.fullmatch(host) and _URL_TEXT.fullmatch(url) and parts.username is None
    if not (secure and plain):
        raise SettingsError(WEBHOOK_URL, reason)
    return url


def _checked_topic(arn: str) -> str:
    if not _ARN.fullmatch(arn):
        reason = f"is {arn[:200]!r}; an example is arn:aws:sns:eu-central-1:123456789012:runs"
        raise SettingsError(_TOPIC, reason)
    return arn


def _is_here(host: str) -> bool:
    address = written_address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _key(given: Mapping[str, str]) -> bytes:
    """Return the bytes of the secret that the variables have or name."""
    if WEBHOOK_SECRET in given and _SECRET_FILE in given:
        raise SettingsError(WEBHOOK_SECRET, f"and {_SECRET_FILE} are both set; one is enough")
    if WEBHOOK_SECRET in given:
        return _decoded(given[WEBHOOK_SECRET], WEBHOOK_SECRET)
    if _SECRET_FILE not in given:
        reason = f"is not set, and neither is {_SECRET_FILE}; a webhook is always signed: {_HOW}"
        raise SettingsError(WEBHOOK_SECRET, reason)
    path = given[_SECRET_FILE]
    try:
        text = Path(path).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it has no secret"
        raise SettingsError(_SECRET_FILE, f"{path}: {why}; {_HOW} > FILE") from error
    return _decoded(text.strip(), _SECRET_FILE)


def _decoded(secret: str, name: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or not _FEWEST <= len(key) <= _MOST:
        reason = f"is not {_PREFIX} and {_FEWEST} to {_MOST} bytes in base64; {_HOW}"
        # Not from what was raised: its context may have the secret.
        raise SettingsError(name, reason)
    return key


def _public_url(given: Mapping[str, str]) -> str:
    try:
        return public_url(given.get(PUBLIC_URL, ""))
    except ValueError as error:
        raise SettingsError(PUBLIC_URL, str(error)) from error
