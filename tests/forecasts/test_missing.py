"""Missing stations: their items survive, fit into DynamoDB, and are complete or refused."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.errors import DamagedItemError
from forecasts.gzip_bodies import compress, decompress
from forecasts.item import Item
from forecasts.missing import (
    REASONS,
    Count,
    LeftOut,
    MissingStation,
    NoMissingListError,
    count_reasons,
    explained,
    get_missing,
    left_out_items,
    left_out_key,
    left_out_of,
    missing_item,
    missing_key,
    missing_of,
)
from forecasts.parameter import PARAMETERS
from tests.factories import A_RUN, NOW, a_run, station_ids

#: The most that DynamoDB takes, with keys and names of attributes.
MOST_BYTES = 400 * 1024

YOUNG = MissingStation("YOUNG", "none", dict.fromkeys(A_RUN.parameters, "too_few_observations"))
HALF = MissingStation("HALF", "partial", {"pressure": "no_observations"})
SILENT = LeftOut("SILENT", "no_observations")
NOWHERE = LeftOut("NOWHERE", "no_coordinates", "it has no latitude")

reasons = st.sampled_from(sorted(REASONS))
details = st.text(st.characters(exclude_categories=["Cs"]), max_size=100)
missing_stations = st.builds(
    MissingStation,
    station_ids,
    st.sampled_from(["none", "partial"]),
    st.dictionaries(st.sampled_from(sorted(PARAMETERS)), reasons),
    details,
)


def test_the_items_as_ever():
    """The format is a promise to existing tables: keys, content, expiry with the run."""
    part = missing_item(A_RUN, 2, [YOUNG, HALF])
    (left_out,) = left_out_items(A_RUN, [SILENT, NOWHERE])

    assert part.key == ("MISSING#20131230T0000Z-1", "00002")
    assert decompress(part.body) == (
        b'[["YOUNG","none",{"temperature":"too_few_observations","pressure":"too_few_observations"}'
        b',""],["HALF","partial",{"pressure":"no_observations"},""]]'
    )
    assert left_out.key == ("MISSING#20131230T0000Z-1", "L00000")
    assert decompress(left_out.body) == (
        b'{"items":1,"stations":[["SILENT","no_observations",""],'
        b'["NOWHERE","no_coordinates","it has no latitude"]]}'
    )
    assert part.expires_at == left_out.expires_at == NOW.timestamp() + 365 * 86_400
    assert part.version is left_out.version is None


@given(st.lists(missing_stations, max_size=5))
def test_a_part_round_trip(stations):
    """What is written is read back."""
    assert missing_of(missing_item(A_RUN, 0, stations)) == stations


@given(st.lists(st.builds(LeftOut, station_ids, reasons, details), max_size=5))
def test_left_out_round_trip(stations):
    """What is written is read back."""
    (item,) = left_out_items(A_RUN, stations)

    assert left_out_of(item) == (stations, 1)


def test_the_largest_items_fit():
    """11,000 stations with the longest ids and details, all missing, fit into items of 400 KB."""
    draw = random.Random(1)  # noqa: S311 -- no secret
    letters = "".join(map(chr, range(0x4E00, 0x9000)))
    texts = [("".join(draw.choices(letters, k=21)).encode().hex()[:64]) for _ in range(11_000)]
    detail = ["".join(draw.choices(letters, k=300)) for _ in texts]
    run = a_run(parameters=tuple(PARAMETERS))
    missing = dict.fromkeys(PARAMETERS, "refused_line")
    stations = [
        MissingStation(*each)
        for each in zip(texts, ["none"] * 11_000, [missing] * 11_000, detail, strict=True)
    ]
    others = [
        LeftOut(text, "no_coordinates", what) for text, what in zip(texts, detail, strict=True)
    ]

    items = [
        missing_item(run, part, stations[part * 1000 : part * 1000 + 1000]) for part in range(11)
    ]
    items += left_out_items(run, others)

    assert len(items) == 22
    assert max(len(item.body) for item in items) + 1000 < MOST_BYTES


def test_the_list_of_a_run(store):
    """All parts and all stations that were left out are one list, in order of id."""
    run = a_run(parts=2)
    silent = [LeftOut(f"S{number:04d}", "no_observations") for number in range(2500)]
    store.put_many(
        [
            missing_item(run, 0, [YOUNG, HALF]),
            missing_item(run, 1, []),
            *left_out_items(run, [NOWHERE, *silent]),
        ]
    )
    found = get_missing(store, run)

    assert [each.station_id for each in found[:4]] == ["HALF", "NOWHERE", "S0000", "S0001"]
    assert (found[0], found[-1], len(found)) == (HALF, YOUNG, 2503)
    assert found[1] == MissingStation(
        "NOWHERE",
        "none",
        {"temperature": "no_coordinates", "pressure": "no_coordinates"},
        "it has no latitude",
    )


@pytest.mark.parametrize("lost", [missing_key(A_RUN.id, 0), left_out_key(A_RUN.id, 0), "L00001"])
def test_an_incomplete_list(store, lost):
    """A run whose list is not complete is not taken for one without missing stations."""
    others = [LeftOut(f"S{number:04d}", "no_observations") for number in range(1001)]
    items = [missing_item(A_RUN, 0, []), *left_out_items(A_RUN, others)]
    store.put_many([item for item in items if lost not in (item.key, item.key.sk)])

    with pytest.raises(NoMissingListError, match="an earlier version made it"):
        get_missing(store, A_RUN)


@pytest.mark.parametrize(
    "body",
    [
        b"\xff",
        compress(b"\xff"),
        compress(b"[7]"),
        compress(b'[["JFK","none",{}]]'),
        compress(b'[["JFK","none",{},7]]'),
        compress(b'{"items":1}'),
    ],
)
@pytest.mark.parametrize("read", [missing_of, left_out_of])
def test_a_damaged_list(body, read):
    """The error has the key and what to do."""
    with pytest.raises(DamagedItemError, match=r"MISSING#\S+ / 00000 is damaged: .*--new-attempt"):
        read(Item(missing_key(A_RUN.id, 0), body))


def test_reasons_are_counted():
    """Stations and series are counted for each reason, the most frequent first."""
    assert count_reasons([YOUNG, HALF, HALF]) == {
        "no_observations": Count(2, 2),
        "too_few_observations": Count(1, 2),
    }


def test_every_reason_is_explained():
    """Each code has a sentence; a model may have reasons of its own."""
    assert all(text.endswith(".") and text[0].isupper() for text in REASONS.values())
    assert explained("no_elevation") == REASONS["no_elevation"]
    assert explained("too_windy") == "The model gives this reason."
