"""What VerifyRun hands on to the states that follow: records of stations, and what the report says.

It is a module of its own because the functions that only hand it on carry no numpy. Stations and
the rest are written apart, so that each function reads what it needs.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from forecasts.calibration import unpack_factors
from forecasts.errors import FormatError
from forecasts.item import Item, Key
from forecasts.parameter import PARAMETERS
from forecasts.station import Station
from forecasts.stores.protocol import Store
from forecasts.verifications import VERIFICATION_PK


class VerifiedStations(NamedTuple):
    """What a night knows of stations, by id.

    Attributes:
        records: For each station its records, the newest run first; see `forecasts.verification`.
        factors: Those of the intervals of each station that has any, for the night's own forecasts;
            as `forecasts.calibration.unpack_factors` reads them.
    """

    records: Mapping[str, Sequence[bytes]] = MappingProxyType({})
    factors: Mapping[str, bytes] = MappingProxyType({})

    def of(self, stations: Iterable[Station]) -> "VerifiedStations":
        """Return what is known of some stations, such as those of a part."""
        ids = [station.id for station in stations]
        records = {name: self.records[name] for name in ids if name in self.records}
        return VerifiedStations(
            records, {name: self.factors[name] for name in ids if name in self.factors}
        )

    def to_bytes(self) -> bytes:
        """Write it as JSON, for BuildInput and LoadForecasts."""
        records = {name: list(map(_text, each)) for name, each in self.records.items()}
        factors = {name: _text(each) for name, each in self.factors.items()}
        return orjson.dumps({"records": records, "factors": factors})

    @classmethod
    def from_bytes(cls, text: bytes) -> "VerifiedStations":
        """Read it back.

        Raises:
            FormatError: It is not what `to_bytes` writes.
        """
        try:
            fields = orjson.loads(text)
            records = {
                name: list(map(_bytes, records)) for name, records in fields["records"].items()
            }
            factors = {name: _bytes(each) for name, each in fields["factors"].items()}
            for each in factors.values():
                unpack_factors(each)  # here, because it must not fail in BuildInput
        except _FAULTS as error:
            raise FormatError(f"not a verification of stations: {error!r}") from error
        return cls(records, factors)


@dataclass(frozen=True)
class VerifiedNight:
    """What a night verified.

    Attributes:
        stations: What BuildInput and LoadForecasts need.
        items: Those of all stations together, which CheckRun puts.
        problems: Why runs that are due were not verified.
        report: What the report of the night's run says, JSON-ready.
        mean_factors: By parameter and side, for the report.
    """

    stations: VerifiedStations = field(default_factory=VerifiedStations)
    items: Sequence[Item] = ()
    problems: Sequence[str] = ()
    report: Sequence[Mapping[str, Any]] = ()
    mean_factors: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Write it as JSON, without the stations, for CheckRun."""
        items = [
            {"pk": key.pk, "sk": key.sk, "body": _text(body), "expires_at": expiry}
            for key, body, _, expiry, _ in self.items
        ]
        return orjson.dumps({"items": items, **self.reported()})

    @classmethod
    def from_bytes(cls, text: bytes) -> "VerifiedNight":
        """Read it back.

        Raises:
            FormatError: It is not what `to_bytes` writes.
        """
        try:
            fields = orjson.loads(text)
            items = [
                Item(Key(each["pk"], each["sk"]), _bytes(each["body"]), None, each["expires_at"])
                for each in fields["items"]
            ]
            problems, means = fields["not_verified"], fields["mean_factors"]
            return cls(VerifiedStations(), items, problems, fields["verified"], means)
        except _FAULTS as error:
            raise FormatError(f"not a night's verification: {error!r}") from error

    def put(self, store: Store) -> None:
        """Put the items of all stations together, once the night's own items are there.

        Raises:
            StoreError: Some items were not written.
        """
        # Those that say that a run is verified come last. If any item before them is not written,
        # the next attempt at the night verifies the run again, and nothing is lost.
        maps = [item for item in self.items if item.key.pk != VERIFICATION_PK]
        store.put_many(maps)
        store.put_many([item for item in self.items if item.key.pk == VERIFICATION_PK])

    def lowest(self) -> dict[str, float]:
        """Return the worst coverage and skill of any parameter in the newest run, for alarms.

        A parameter that is mostly zero is left out: its skill is next to 0 in dry weather.
        """
        if not self.report:
            return {}
        parameters = self.report[0]["parameters"]
        judged = [parameters[code] for code in parameters if not PARAMETERS[code].zeros]
        named = {"LowestCoverage": "coverage", "LowestSkill": "skill"}
        values = {
            metric: [each[name] for each in judged if each[name] is not None]
            for metric, name in named.items()
        }
        return {metric: min(found) for metric, found in values.items() if found}

    def reported(self) -> dict[str, Any]:
        """Return what the report of the night's run says."""
        return {
            "verified": list(self.report),
            "not_verified": list(self.problems),
            "mean_factors": self.mean_factors,
        }


_FAULTS = (FormatError, ValueError, KeyError, TypeError, AttributeError)


def _text(content: bytes) -> str:
    return b64encode(content).decode()


def _bytes(text: str) -> bytes:
    return b64decode(text, validate=True)
