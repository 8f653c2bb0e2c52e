"""The Atom feed of published runs."""

from dataclasses import replace
from datetime import timedelta

import pytest

from api.app import make_app
from forecasts import runs
from forecasts.item import run_key
from forecasts.times import utc_text
from tests.api.conftest import FIRST, LOADED, MORNING, SECOND
from tests.atom import entries, links, read_feed, said
from tests.client import Client
from tests.factories import NOW, a_night

FEED = "/v1/runs/feed"


def titles(feed):
    """Return the titles of the entries of a feed."""
    return [said(entry, "title") for entry in entries(feed)]


def current(feed):
    """Return the titles of the entries that are marked as current."""
    return [said(entry, "title") for entry in entries(feed) if "current" in str(categories(entry))]


def categories(entry):
    """Return the terms of an entry."""
    return [child.get("term") for child in entry if child.tag.endswith("category")]


def test_published_runs(client):
    """The feed has the published runs, newest first, and what each is."""
    answer = client.get(FEED)
    feed = read_feed(answer.content)
    first = entries(feed)[1]

    assert answer.headers["content-type"] == "application/atom+xml"
    assert titles(feed) == [f"Run {SECOND.id}", f"Run {FIRST.id}"]
    assert LOADED.id not in answer.text
    assert current(feed) == [f"Run {SECOND.id}"]
    assert said(feed, "updated") == utc_text(MORNING)
    assert said(first, "published") == said(first, "updated") == utc_text(NOW)
    assert said(first, "summary") == (
        f"1 stations, temperature, pressure; model demo; valid until {utc_text(FIRST.valid_until)}."
    )


def test_rollback(client, store, clock):
    """After a rollback, the run that readers are back on is new once more; ids stay."""
    before = read_feed(client.get(FEED).content)
    clock.now = MORNING + timedelta(minutes=5)
    runs.rollback(store, clock.now)
    after = read_feed(client.get(FEED).content)

    assert current(after) == [f"Run {FIRST.id}"]
    assert said(entries(after)[1], "updated") == said(after, "updated") == utc_text(clock.now)
    assert said(entries(after)[1], "published") == utc_text(NOW)
    assert [said(e, "id") for e in entries(after)] == [said(e, "id") for e in entries(before)]


@pytest.mark.parametrize("host", ["evil.example", 'evil.example/"><script>'])
def test_host_is_not_trusted(client, host):
    """What a client writes into its headers is nowhere in the feed, which caches share."""
    answer = client.get(FEED, Host=host, X_Forwarded_Host=host, Forwarded=f"host={host}")
    feed = read_feed(answer.content)

    assert "evil" not in answer.text
    assert links(feed, "https://read.example/v1/runs/feed") == {
        "self": "https://read.example/v1/runs/feed"
    }
    assert links(entries(feed)[0], "https://read.example/v1/runs/feed") == {
        "alternate": f"https://read.example/v1/runs/{SECOND.id}"
    }


def test_public_url(store, clock):
    """If the API knows its address, all links are absolute, and the feed has an id of its own."""
    client = Client(make_app(store, clock, public_url="https://forecasts.example.org/at"))
    feed = read_feed(client.get(FEED).content)

    assert said(feed, "id") == "https://forecasts.example.org/at/v1/runs/feed"
    assert links(feed, "") == {"self": "https://forecasts.example.org/at/v1/runs/feed"}
    assert links(entries(feed)[0], "") == {
        "alternate": f"https://forecasts.example.org/at/v1/runs/{SECOND.id}"
    }


def test_a_file_of_the_run(client, store):
    """A run that can be downloaded has the file as an enclosure, as podcasts have theirs."""
    written = a_night(3, report={"downloads": {"problems": [], "forecasts": {"bytes": 7}}})
    runs.put_run(store, written)
    runs.publish(store, written.id, MORNING)
    entry = entries(read_feed(client.get(FEED).content))[0]

    assert links(entry, "https://a.example")["enclosure"] == (
        f"https://a.example/v1/runs/{written.id}/download"
    )


def test_no_runs(empty_client):
    """Before the first night, the feed is there, and empty."""
    feed = read_feed(empty_client.get(FEED).content)

    assert entries(feed) == []


def test_what_xml_cannot_hold(client, store):
    """Names that are odd, and characters that XML has not, do not break the feed."""
    odd = a_night(3, model="<v1> & \x00\x1b\uffff", notice='Not "real" ]]>')
    runs.put_run(store, odd)
    runs.publish(store, odd.id, MORNING)
    entry = entries(read_feed(client.get(FEED).content))[0]

    assert "model <v1> & \ufffd\ufffd\ufffd;" in said(entry, "summary")
    assert said(entry, "summary").endswith('. Not "real" ]]>')


def test_damaged_run(client, store, caplog):
    """A run that cannot be read is left out, and the log names it."""
    item = store.get(run_key(FIRST.id))
    store.put(item._replace(body=b"{", version=9), expected=item.version)

    assert titles(read_feed(client.get(FEED).content)) == [f"Run {SECOND.id}"]
    assert FIRST.id in caplog.text


def test_known_feed(client):
    """A client that has the feed is told so; it may keep it for a minute."""
    answer = client.get(FEED)
    again = client.get(FEED, If_None_Match=answer.headers["etag"])

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == answer.headers["cache-control"]
    assert "max-age=60" in answer.headers["cache-control"]


def test_other_runs_other_tag(client, store, clock):
    """A rollback changes the feed's tag."""
    before = client.get(FEED).headers["etag"]
    clock.now = MORNING + timedelta(minutes=5)
    runs.rollback(store, clock.now)

    assert client.get(FEED).headers["etag"] != before


def test_unknown_parameter(client):
    """The feed takes no query."""
    answer = client.get(f"{FEED}?format=rss")

    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/unknown-parameter"


def test_store_is_down(failing_client):
    """A store that is down is a problem, and no half of a feed."""
    answer = failing_client.get(FEED)

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_run_of_before_identities(client, store):
    """Runs that have no identity have an id of their own, too."""
    old = replace(a_night(3), identity=None)
    runs.put_run(store, old)
    runs.publish(store, old.id, MORNING)

    assert len(entries(read_feed(client.get(FEED).content))) == 3
