"""The verification of one night or many, put together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from batch_jobs.verify_run import GROUPS, Verification
from forecasts.run import LEAD_HOURS, Run, RunState, attempt_of
from forecasts.station import Station
from forecasts.times import utc_text
from model.scoring import SUMS, Score

#: A station is not judged by fewer hours: with these, a coverage of 80 % is known to some 8 %.
MIN_HOURS = 24


class StationScore(NamedTuple):
    """The score of one parameter at one station."""

    station: Station
    code: str
    score: Score


@dataclass
class VerificationReport:
    """The sums of several nights.

    Attributes:
        as_of: Aware; when the observations were read.
        runs: The runs, in the order in which they were added.
        by_lead: For each parameter code, [24, sum], over all stations and nights.
        stations: For each station id, the station.
        sums: For each station id and parameter code, [group, sum], over all nights.
        remarks: Why a night is not verified, or would not have been published; by its run's id, or
            its issue time if it has no run.
    """

    as_of: datetime
    runs: list[Run] = field(default_factory=list)
    by_lead: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    stations: dict[str, Station] = field(default_factory=dict)
    sums: dict[tuple[str, str], NDArray[np.float64]] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)

    def add(self, night: Verification) -> None:
        """Add a night."""
        self.runs.append(night.run)
        self.stations |= {station.id: station for station in night.stations}
        for column, code in enumerate(night.run.parameters):
            total = self.by_lead.setdefault(code, np.zeros((LEAD_HOURS, len(SUMS))))
            total += night.by_lead[column]
            for row, station in enumerate(night.stations):
                if night.sums[row, column, :, 0].any():
                    nothing = np.zeros((GROUPS, len(SUMS)))
                    of_station = self.sums.setdefault((station.id, code), nothing)
                    of_station += night.sums[row, column]

    def remark(self, night: str, text: str) -> None:
        """Add a remark about a night."""
        self.remarks[night] = "; ".join(filter(None, (self.remarks.get(night), text)))

    def scores(self) -> dict[str, Score]:
        """Return the score of each parameter that has hours, by lead time."""
        return {code: Score(sums) for code, sums in self.by_lead.items() if sums[:, 0].any()}

    def worst(self, count: int) -> list[StationScore]:
        """Return the stations and parameters whose intervals hold the least, worst first.

        Those with fewer than `MIN_HOURS` hours are not judged.
        """
        judged = [each for each in self._of_stations() if each.score.hours >= MIN_HOURS]
        return sorted(judged, key=lambda each: each.score.overall("coverage"))[:count]

    def _of_stations(self) -> Iterable[StationScore]:
        for (station_id, code), sums in self.sums.items():
            yield StationScore(self.stations[station_id], code, Score(sums))

    def to_json(self) -> dict[str, Any]:
        """Return the report, JSON-ready."""
        stations: dict[str, dict[str, Any]] = {}
        for station, code, score in self._of_stations():
            stations.setdefault(station.id, {})[code] = score.summary()
        return {
            "runs": [run.id for run in self.runs],
            "as_of": utc_text(self.as_of),
            "remarks": self.remarks,
            "parameters": {code: score.to_json() for code, score in self.scores().items()},
            "stations": stations,
        }


def runs_to_verify(
    runs: Sequence[Run], now: datetime, since: datetime | None, until: datetime | None
) -> list[Run]:
    """Choose the runs to verify: one for each issue time, oldest first.

    Args:
        runs: All runs of a store.
        now: Aware; only runs whose last hour is over can be verified.
        since: Aware; the earliest issue time. None, with *until* None, for the newest run alone.
        until: Aware; the latest issue time.
    """
    chosen: Mapping[datetime, Run] = {
        run.issue_time: run
        for run in sorted(runs, key=lambda run: (run.issue_time, attempt_of(run.id)))
        if run.state is RunState.PUBLISHED
        and run.valid_until <= now
        and (since is None or run.issue_time >= since)
        and (until is None or run.issue_time <= until)
    }
    found = list(chosen.values())
    return found[-1:] if since is None and until is None else found
