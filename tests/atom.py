"""What RFC 4287 asks of an Atom feed, and what the feed says."""

import re
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

_ATOM = "{http://www.w3.org/2005/Atom}"
#: RFC 3339, as Atom writes dates (3.3): upper-case T and Z.
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:\S+")
_FEED = {*("author", "category", "contributor", "generator", "icon", "id", "link", "logo")} | {
    *("rights", "subtitle", "title", "updated", "entry")
}
_ENTRY = {*("author", "category", "content", "contributor", "id", "link", "published")} | {
    *("rights", "source", "summary", "title", "updated")
}


def read_feed(body):
    """Return the root of a feed, after a check of the rules of RFC 4287, sections 3 and 4."""
    feed = ET.fromstring(body)  # noqa: S314 -- ours
    assert feed.tag == f"{_ATOM}feed"
    _check_container(feed, _FEED)
    assert len(_all(feed, "author")) >= 1  # 4.1.1: or one in every entry
    assert [name.text for name in feed.iter(f"{_ATOM}name")] == ["Stationcast"]
    seen = set()
    for entry in _all(feed, "entry"):
        _check_container(entry, _ENTRY)
        assert len(_all(entry, "published")) <= 1
        assert len(_all(entry, "summary")) <= 1
        # 4.1.2: an entry without content has a link to it.
        assert [link for link in _all(entry, "link") if link.get("rel") == "alternate"]
        seen.add(said(entry, "id"))
    assert len(seen) == len(_all(feed, "entry"))
    return feed


def said(parent, name):
    """Return the text of a child."""
    return parent.find(_ATOM + name).text


def entries(feed):
    """Return the entries of a feed."""
    return _all(feed, "entry")


def links(parent, base):
    """Return the addresses of links by their relation, for a document that was read from *base*."""
    return {link.get("rel"): urljoin(base, link.get("href")) for link in _all(parent, "link")}


def _check_container(element, children):
    assert {child.tag.removeprefix(_ATOM) for child in element} <= children
    for name in ("id", "title", "updated"):
        assert len(_all(element, name)) == 1
        assert said(element, name)
    assert _ABSOLUTE.fullmatch(said(element, "id"))  # 4.2.6
    for name in ("updated", "published"):
        assert all(_DATE.fullmatch(date.text) for date in _all(element, name))
    relations = [(link.get("rel"), link.get("type")) for link in _all(element, "link")]
    assert len(relations) == len(set(relations))  # 4.1.1: no two alternates of a type
    assert all(link.get("href") for link in _all(element, "link"))
    assert all(category.get("term") for category in _all(element, "category"))


def _all(parent, name):
    return parent.findall(_ATOM + name)
