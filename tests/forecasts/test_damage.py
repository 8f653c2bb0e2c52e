"""Damaged items are named by key, with what is wrong and what to do, and cost only themselves."""

import pytest

from forecasts.damage import problem_of
from forecasts.errors import DamagedItemError, FormatError
from forecasts.item import (
    POINTER_KEY,
    Item,
    Key,
    check_forecast,
    forecast_key,
    pointer_of,
    run_item,
    run_key,
    run_of,
)
from forecasts.run import RunState
from forecasts.runs import (
    current_pointer,
    get_run,
    list_runs,
    publish,
    put_run,
    read_runs,
    run_ids,
)
from tests.factories import A_RUN, NOW, a_night

ANEW = (
    "make that night anew: `stationcast nightly --issue-time 2013-12-30T00:00:00Z --new-attempt`, "
    'or on AWS start the state machine with {"issue_time": "2013-12-30T00:00:00Z", "new_attempt": '
    "true}"
)
WHOLE = run_item(A_RUN, 1).body


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"\x80 raw \x00", "not UTF-8 text"),
        (WHOLE[:-20], "not JSON at character "),
        (b"", "not JSON at character 0"),
        (b"[" * 100_000, "nested too deeply"),
        (b"{}", "no field 'id'"),
        (WHOLE.replace(b'"id"', b'"name"'), "no field 'id'"),
        (WHOLE.replace(b'"parts"', b'"pa\\u00e4ts"'), "no field 'parts'"),
        (WHOLE.replace(b'"report":{}', b'"report":[]'), "field 'report' is of a wrong type"),
        (WHOLE.replace(b'"report"', b'"notice":1,"report"'), "field 'notice' is of a wrong type"),
        (WHOLE.replace(b'"pressure"', b"7"), "field 'parameters' is of a wrong type"),
        (WHOLE.replace(b'"identity":"0', b'"identity":"x'), "it has an impossible identity"),
        (WHOLE.replace(b'T0000Z-1"', b'T0000Z-2"'), "it has the id of another run"),
        (WHOLE.replace(b'"parts":1', b'"parts":9999999999'), "it has an impossible number of"),
        (WHOLE.replace(b'"loaded"', b'"\\u0007"'), "'\\x07' is not a valid RunState"),
        (WHOLE.replace(b'"parts"', b'"k\\u00e4se":1,"parts"'), "unexpected keyword argument"),
    ],
)
def test_a_damaged_run(body, problem):
    """The error has the key, what is wrong, and the command that helps, in printable letters."""
    with pytest.raises(DamagedItemError) as raised:
        run_of(Item(run_key(A_RUN.id), body))

    assert str(raised.value).startswith(f"item RUN / {A_RUN.id} is damaged: not a run: ")
    assert problem in raised.value.problem
    assert raised.value.advice == ANEW
    assert str(raised.value).isascii()
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 400


def test_an_item_that_is_no_run():
    """An item whose key no night wrote can only be deleted."""
    with pytest.raises(DamagedItemError, match="no night wrote it; delete it from the table"):
        run_of(Item(Key("RUN", "notes"), b"{}"))


@pytest.mark.parametrize(
    "body",
    [
        b"\x80",
        b'{"current":"x","previous":null,"changed_at":"2013-12-30T00:00:00Z"}',
        b'{"current":7,"previous":null,"changed_at":"2013-12-30T00:00:00Z"}',
    ],
)
def test_a_damaged_pointer(body):
    """The error says how to move readers to a run."""
    with pytest.raises(
        DamagedItemError, match=r"RUN / CURRENT .*`stationcast runs publish RUN_ID`"
    ):
        pointer_of(Item(POINTER_KEY, body))


def test_a_text_in_the_place_of_a_body():
    """SQLite holds what it is given: a text is refused like any other damage."""
    with pytest.raises(DamagedItemError, match="not a forecast: not a compressed body"):
        check_forecast(Item(forecast_key("JFK", A_RUN.id), "text"))


def test_a_damaged_run_costs_itself_only(store, caplog):
    """The other runs are listed, the log names the damaged one, and its id stays taken."""
    nights = [a_night(days) for days in range(3)]
    for night in nights:
        put_run(store, night)
    store.put_many([Item(run_key(nights[1].id), b"\xff", 1)])

    assert list_runs(store) == [nights[2], nights[0]]
    assert caplog.messages == [str(error) for error in read_runs(store)[1]]
    assert f"item RUN / {nights[1].id} is damaged: not a run: not UTF-8" in caplog.text
    assert run_ids(store) == [night.id for night in nights]
    with pytest.raises(DamagedItemError):
        get_run(store, nights[1].id)


def test_a_damaged_pointer_is_replaced(store, caplog):
    """What the error advises works: publishing a run writes the pointer anew."""
    put_run(store, A_RUN)
    publish(store, A_RUN.id, NOW)
    item = store.get(POINTER_KEY)
    store.put_many([item._replace(body=b"\xff")])
    with pytest.raises(DamagedItemError):
        current_pointer(store)

    pointer = publish(store, A_RUN.id, NOW)

    assert (pointer.current, pointer.version) == (A_RUN.id, 2)
    assert current_pointer(store) == pointer
    assert get_run(store, A_RUN.id).state is RunState.PUBLISHED
    assert "item RUN / CURRENT is damaged" in caplog.text


def test_a_problem_is_short():
    """However long an error is, its description is one line."""
    assert len(problem_of(FormatError("long " * 100))) == 80
