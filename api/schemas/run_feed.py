"""The published runs as an Atom feed (RFC 4287), for readers that ask now and then what is new."""

import re
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from forecasts.downloads import MEDIA_TYPE as PARQUET
from forecasts.run import Run
from forecasts.times import utc_text

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MEDIA_TYPE = "application/atom+xml"

_PATH = "/v1/runs/feed"
#: The id of a feed that knows no address of its own; ids are absolute in Atom.
_NAMELESS = "urn:uuid:2f1ab86a-9a0b-5d38-8f6c-7a6f2e0c3c52"
_BEFORE_ANY_RUN = datetime(1970, 1, 1, tzinfo=UTC)
#: What XML cannot hold, not even escaped.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def run_feed(runs: Iterable[Run], current: tuple[str, datetime] | None, public_url: str) -> bytes:
    """Write published runs as an Atom feed.

    Args:
        runs: Published runs, newest first.
        current: Id of the run that readers are on, and since when, aware UTC; None before the
            first night. A rollback moves the time forward, so feed readers show that run again.
        public_url: Where clients reach the API, without a slash at the end. If it is "", links
            have no host: they are relative to the address that the feed was read from.
    """
    # A process that answers no feed need not load it.
    from xml.etree import ElementTree as ET  # noqa: PLC0415

    feed = ET.Element("feed", xmlns="http://www.w3.org/2005/Atom")
    _add(feed, "id", f"{public_url}{_PATH}" if public_url else _NAMELESS)
    _add(feed, "title", "Stationcast: published runs")
    updated = _add(feed, "updated", "")
    _add(_add(feed, "author", ""), "name", "Stationcast")
    _add(feed, "link", "", rel="self", type=MEDIA_TYPE, href=f"{public_url}{_PATH}")
    latest = _BEFORE_ANY_RUN
    current_id, since = current or ("", latest)
    for run in runs:
        first = run.published_at or run.issue_time  # a published run has both
        moved = max(first, since) if run.id == current_id else first
        latest = max(latest, moved)
        entry = _entry(run, first, moved, public_url)
        if run.id == current_id:
            _add(entry, "category", "", term="current", label="The run that readers are on")
        feed.append(entry)
    updated.text = utc_text(latest)
    body: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body


def _entry(run: Run, first: datetime, moved: datetime, public_url: str) -> "Element":
    from xml.etree import ElementTree as ET  # noqa: PLC0415 -- see `run_feed`

    entry = ET.Element("entry")
    _add(entry, "id", uuid.uuid5(uuid.NAMESPACE_URL, f"{run.id}/{run.identity}").urn)
    _add(entry, "title", f"Run {run.id}")
    _add(entry, "published", utc_text(first))
    _add(entry, "updated", utc_text(moved))
    href = f"{public_url}/v1/runs/{run.id}"
    _add(entry, "link", "", rel="alternate", type="application/json", href=href)
    if run.has_download:
        _add(entry, "link", "", rel="enclosure", type=PARQUET, href=f"{href}/download")
    about = (
        f"{run.stations} stations, {', '.join(run.parameters)}; model {run.model}; "
        f"valid until {utc_text(run.valid_until)}."
    )
    _add(entry, "summary", f"{about} {run.notice}" if run.notice else about)
    return entry


def _add(parent: "Element", name: str, text: str, **attributes: str) -> "Element":
    child = parent.makeelement(name, attributes)
    child.text = _NO_XML.sub("\ufffd", text) or None
    parent.append(child)
    return child
