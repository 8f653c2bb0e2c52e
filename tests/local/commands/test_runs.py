"""Runs from the command line: damaged ones are named."""

from contextlib import closing
from dataclasses import replace

import pytest

from forecasts.item import POINTER_KEY, Item, run_key
from forecasts.runs import publish, put_run
from forecasts.stores.open import open_store
from forecasts.times import utc_now
from tests.command_line import run, said
from tests.factories import NOW, a_night

FIRST, SECOND = (replace(a_night(days), planned_at=utc_now()) for days in range(2))


@pytest.fixture
def url(tmp_path):
    """The URL of a store of two published nights."""
    found = f"sqlite:///{tmp_path}/forecasts.db"
    with closing(open_store(found, utc_now, create=True)) as store:
        for night in (FIRST, SECOND):
            put_run(store, night)
            publish(store, night.id, NOW)
    return found


@pytest.fixture
def damage(url):
    """A function that damages the item at a key."""

    def overwrite(key):
        with closing(open_store(url, utc_now)) as store:
            store.put_many([Item(key, b"\xff raw \x00", 1)])

    return overwrite


def test_the_list_names_a_damaged_run(url, damage):
    """The other runs are listed; the damaged one is named, with what helps."""
    damage(run_key(FIRST.id))
    listed = run("runs", "list", "--store", url)

    assert listed.exit_code == 0
    assert SECOND.id in listed.stdout
    assert FIRST.id not in listed.stdout
    assert f"item RUN / {FIRST.id} is damaged: not a run: not UTF-8 text; make" in said(listed)


def test_the_list_names_a_damaged_pointer(url, damage):
    """All runs are listed without a mark, so that the operator can choose one to publish."""
    damage(POINTER_KEY)
    listed = run("runs", "list", "--store", url)

    assert listed.exit_code == 0
    assert "(current)" not in listed.stdout
    assert "item RUN / CURRENT is damaged" in said(listed)
    assert run("runs", "publish", SECOND.id, "--store", url).exit_code == 0
    assert "(current)" in run("runs", "list", "--store", url).stdout


def test_one_damaged_run(url, damage):
    """`show` fails in one line."""
    damage(run_key(FIRST.id))
    shown = run("runs", "show", FIRST.id, "--store", url)

    assert shown.exit_code == 1
    assert shown.output.startswith(f"Error: item RUN / {FIRST.id} is damaged")
    assert len(shown.output.splitlines()) == 1


def test_serving_a_damaged_pointer(url, damage):
    """`serve` says in one line what is damaged, and how to mend it."""
    damage(POINTER_KEY)
    served = run("serve", "--store", url, "--port", "0")

    assert served.exit_code == 1
    assert "Error: item RUN / CURRENT is damaged: not a pointer: not UTF-8 text" in said(served)
