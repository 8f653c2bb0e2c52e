"""What VerifyRun hands on to the states that follow: records of stations, and what the report says.

It is a module of its own because the functions that only hand it on carry no numpy.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from forecasts.errors import FormatError
from forecasts.parameter import PARAMETERS
from forecasts.run import Run
from forecasts.stores.protocol import Store
from forecasts.times import from_text, utc_text
from forecasts.verification import VerifiedNetwork
from forecasts.verifications import countries_of, network_item


@dataclass(frozen=True)
class VerifiedNight:
    """What a night verified.

    Attributes:
        records: For each station its records, the newest run first; see `forecasts.verification`.
        networks: All stations together, for each verified run.
        problems: Why runs that are due were not verified.
        report: What the report of the night's run says, JSON-ready.
        factors: Those of the intervals of each station that has any, for the night's own forecasts;
            as `forecasts.calibration.unpack_factors` reads them.
        mean_factors: By parameter and side, for the report.
    """

    records: Mapping[str, Sequence[bytes]] = field(default_factory=dict)
    networks: Sequence[VerifiedNetwork] = ()
    problems: Sequence[str] = ()
    report: Sequence[Mapping[str, Any]] = ()
    factors: Mapping[str, bytes] = field(default_factory=dict)
    mean_factors: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Write it as JSON, for the states that follow."""
        records = {
            station_id: [b64encode(each).decode() for each in records]
            for station_id, records in self.records.items()
        }
        networks = [each._asdict() | {"as_of": utc_text(each.as_of)} for each in self.networks]
        fields: dict[str, Any] = {
            "networks": networks,
            "problems": self.problems,
            "report": self.report,
            "factors": {name: b64encode(each).decode() for name, each in self.factors.items()},
            "mean_factors": self.mean_factors,
        }
        return orjson.dumps(fields | {"records": records})

    @classmethod
    def from_bytes(cls, text: bytes) -> "VerifiedNight":
        """Read it back.

        Raises:
            FormatError: It is not what `to_bytes` writes.
        """
        try:
            fields = orjson.loads(text)
            records = {
                station_id: [b64decode(each, validate=True) for each in records]
                for station_id, records in fields["records"].items()
            }
            networks = [
                VerifiedNetwork(
                    **each
                    | {
                        "as_of": from_text(each["as_of"]),
                        "countries": countries_of(each["countries"]),
                    }
                )
                for each in fields["networks"]
            ]
            factors = {
                name: b64decode(each, validate=True) for name, each in fields["factors"].items()
            }
            of_report = fields["problems"], fields["report"]
            return cls(records, networks, *of_report, factors, fields["mean_factors"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise FormatError(f"not a night's verification: {error!r}") from error

    def put_networks(self, store: Store, by: Run) -> None:
        """Put the items of all stations together, once the night's own items are there.

        Raises:
            StoreError: Some items were not written.
        """
        store.put_many([network_item(each, by) for each in self.networks])

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
