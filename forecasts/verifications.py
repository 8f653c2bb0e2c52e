"""Verifications in a store: those of a station, and those of all stations together.

Each forecast item has the records of its station for the runs that its night verified, in the
attribute `verification`: they fit into write units that are paid for already. All stations together
are an item of their own for each verified run.
"""

import logging
from collections.abc import Sequence
from operator import attrgetter

from forecasts.damage import made_anew, reading
from forecasts.errors import DamagedItemError, FormatError
from forecasts.item import EXPIRY, Item, Key, expires_at, forecast_key
from forecasts.packed_network import pack_network, unpack_network
from forecasts.run import Run, issue_time_of
from forecasts.stores.protocol import Reader
from forecasts.verification import VerifiedNetwork, VerifiedRun, framed, unpack

logger = logging.getLogger(__name__)

VERIFICATION_PK = "VERIFICATION"

_WRITE_UNIT = 1024


def station_verifications(store: Reader, station_id: str) -> list[VerifiedRun]:
    """Return how the runs of the last 30 days came true at a station, oldest run first.

    Of a run that was verified again the newest counts. What is damaged is left out.

    Raises:
        StoreError: The store could not answer.
    """
    pk, prefix = forecast_key(station_id, "")
    records = [record for item in store.query(pk, prefix) for record in _records(item)]
    newest = {record.run_id: record for record in sorted(records, key=attrgetter("as_of"))}
    return sorted(newest.values(), key=lambda record: issue_time_of(record.run_id))


def with_verification(item: Item, records: Sequence[bytes]) -> Item:
    """Add the records of earlier runs to a forecast's item.

    Only the first record may make the item take one more write unit; others that would are left
    out.

    Args:
        item: The forecast of the night that verified these runs.
        records: Records of the station, the most important first.
    """
    kept = framed(records[:1]) if records else None
    for count in range(2, len(records) + 1):
        longer = framed(records[:count])
        if _write_units(item, longer) > _write_units(item, kept):
            break
        kept = longer
    return item._replace(verification=kept)


def network_key(run_id: str) -> Key:
    """Key of the verification of a run at all stations."""
    return Key(VERIFICATION_PK, run_id)


def network_item(verified: VerifiedNetwork, by: Run) -> Item:
    """Make the item of a verified run; it expires with the forecasts of the run *by*."""
    key = network_key(verified.run_id)
    return Item(key, pack_network(verified), expires_at=expires_at(by, EXPIRY))


def network_of(item: Item) -> VerifiedNetwork:
    """Read the verification of a run back; `forecasts.packed_network` says how exactly.

    Raises:
        DamagedItemError: The item is nothing that this version can read.
    """
    with reading(*item.key, "verification", made_anew(item.key.sk)):
        return unpack_network(item.key.sk, item.body)


def network_verification(store: Reader, run_id: str) -> VerifiedNetwork | None:
    """Return how a run came true at all stations; None if it was not verified.

    Raises:
        StoreError: The store could not answer.
        DamagedItemError: The item is damaged.
    """
    item = store.get(network_key(run_id))
    return network_of(item) if item else None


def network_verifications(store: Reader) -> list[VerifiedNetwork]:
    """Return all verified runs of the last 30 days, oldest first; damaged ones are left out.

    Raises:
        StoreError: The store could not answer.
    """
    found = []
    for item in store.query(VERIFICATION_PK):
        try:
            found.append(network_of(item))
        except DamagedItemError as error:
            logger.warning("%s", error)
    return found


def _write_units(item: Item, verification: bytes | None) -> int:
    """Return what DynamoDB charges: a unit for each begun kilobyte, names and values together."""
    numbers = 8  # of `expires_at`: ten digits
    values = len(item.key.pk) + len(item.key.sk) + len(item.body) + len(verification or b"")
    return -(-(len("pkskbodyexpires_atverification") + numbers + values) // _WRITE_UNIT)


def _records(item: Item) -> list[VerifiedRun]:
    try:
        return unpack(item.verification) if item.verification else []
    except FormatError:
        return []  # it costs only itself: the item's forecast is checked by `runs check`
