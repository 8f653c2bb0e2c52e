"""The files of a run, which pass data from one state of the state machine to the next.

Below the location of all runs, in `<run_id>/`:

| file                           | written by     | holds                                       |
|--------------------------------|----------------|---------------------------------------------|
| `plan.json`                    | PlanRun        | stations of each part, others, read report  |
| `verified/done.json`           | VerifyRun      | whether the others of `verified/` are whole |
| `verified/00000.json`          | VerifyRun      | how earlier runs came true at its stations  |
| `verified/night.json`          | VerifyRun      | the same of all stations together           |
| `in/part-00000.jsonl`          | BuildInput     | transform input                             |
| `out/part-00000.jsonl.out`     | Transform      | transform output                            |
| `loaded/part-00000.jsonl.json` | LoadForecasts  | the report of the part                      |
| `values/part-00000.jsonl`      | LoadForecasts  | the part's forecasts as numbers             |
| `downloads.json`               | WriteDownloads | what the report says of the run's file      |

A plan or an input never changes once it is written. So two executions of the same night, or one
that is started again while observations arrive, work on the same stations and the same hours.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from batch_jobs.errors import FileError, PlanError
from batch_jobs.load_report import LoadReport
from batch_jobs.observations.files import Location
from batch_jobs.observations.report import ReadReport
from batch_jobs.plan_run import Part
from batch_jobs.verified_night import VerifiedNight, VerifiedStations
from forecasts.errors import FormatError, InvalidStationError
from forecasts.forecast import station_answer, station_of
from forecasts.missing import LeftOut

logger = logging.getLogger(__name__)

_VERIFIED_NIGHT, _IS_VERIFIED = "verified/night.json", "verified/done.json"
_DOWNLOADS = "downloads.json"
_NO, _YES = b"false", b"true"


class KeptPlan(NamedTuple):
    """The parts to make, and the report of the reading that they come from."""

    parts: tuple[Part, ...]
    read: ReadReport

    @property
    def stations(self) -> int:
        """Number of stations in all parts."""
        return sum(len(part.stations) for part in self.parts)


class RunFiles:
    """The files of one run.

    Every method raises `FileError` if a file cannot be read or written. Methods that read raise
    `PlanError` if the content is not what they expect.

    Args:
        runs: Holds the files of all runs.
        run_id: The run.
    """

    def __init__(self, runs: Location, run_id: str) -> None:
        self._runs = runs
        self._run_id = run_id

    def keep_plan(self, parts: Sequence[Part], read: ReadReport) -> KeptPlan:
        """Write the plan unless there is one, and return the plan that is kept."""
        rows = [[station_answer(station) for station in part.stations] for part in parts]
        left_out = [list(each) for part in parts for each in part.left_out]
        plan = orjson.dumps({"parts": rows, "left_out": left_out, "read": read.to_json()})
        self._runs.write_new(self._name("plan.json"), plan)
        return self.plan()

    def plan(self) -> KeptPlan:
        """Read the plan."""
        name = self._name("plan.json")
        try:
            fields = orjson.loads(self._runs.read(name))
            read = ReadReport(**fields["read"])
            # A night that an earlier version began has no such list.
            left_out = tuple(LeftOut(*row) for row in fields.get("left_out", []))
            parts = tuple(
                Part(number, tuple(map(station_of, rows)), () if number else left_out)
                for number, rows in enumerate(fields["parts"])
            )
            return KeptPlan(parts, read)
        except (ValueError, KeyError, TypeError, InvalidStationError) as error:
            raise PlanError(name, f"not a plan: {error!r}") from error

    def part(self, number: int) -> Part:
        """Read one part of the plan."""
        parts = self.plan().parts
        if not 0 <= number < len(parts):
            raise PlanError(self._name("plan.json"), f"no part {number}; there are {len(parts)}")
        return parts[number]

    def keep_input(self, part: Part, lines: bytes) -> None:
        """Write the transform input of a part, unless it was written before."""
        self._runs.write_new(self._name(f"in/{part.name}"), lines)

    def input(self, part: Part) -> bytes:
        """Read the transform input of a part."""
        return self._runs.read(self._name(f"in/{part.name}"))

    def output(self, part: Part) -> bytes:
        """Read the transform output of a part."""
        return self._runs.read(self._name(f"out/{part.name}.out"))

    def begin_verified(self) -> None:
        """Say that nothing is verified yet, so that nothing of an earlier try is read."""
        self._runs.write(self._name(_IS_VERIFIED), _NO)

    def write_verified(self, verified: VerifiedNight, parts: Iterable[Part]) -> None:
        """Write what the night verified; it is read once all of it is there."""
        for part in parts:
            stations = verified.stations.of(part.stations)
            self._runs.write(self._verified_name(part), stations.to_bytes())
        self._runs.write(self._name(_VERIFIED_NIGHT), verified.to_bytes())
        self._runs.write(self._name(_IS_VERIFIED), _YES)

    def verified_stations(self, part: Part) -> VerifiedStations:
        """Read what the night knows of the stations of a part; nothing if VerifyRun failed.

        A forecast without it is worth more than none, so nothing is raised; the log says why.
        """
        try:
            if self._is_verified():
                return VerifiedStations.from_bytes(self._runs.read(self._verified_name(part)))
        except (FileError, FormatError) as error:
            logger.warning("%s. The night goes on without", error)
        return VerifiedStations()

    def verified(self) -> VerifiedNight:
        """Read what the night verified, without the stations; nothing if VerifyRun failed."""
        try:
            if self._is_verified():
                return VerifiedNight.from_bytes(self._runs.read(self._name(_VERIFIED_NIGHT)))
        except (FileError, FormatError) as error:
            logger.warning("%s. The night goes on without", error)
        return VerifiedNight(problems=["VerifyRun failed"])

    def _is_verified(self) -> bool:
        return self._runs.read(self._name(_IS_VERIFIED)) == _YES

    def write_report(self, part: Part, report: LoadReport) -> None:
        """Write the report of a part, over that of an earlier try."""
        self._runs.write(self._report_name(part), orjson.dumps(report.to_json()))

    def loaded(self, parts: Iterable[Part]) -> LoadReport:
        """Read and merge the reports of all parts, in order."""
        loaded = LoadReport()
        for part in parts:
            name = self._report_name(part)
            try:
                loaded.merge(LoadReport.from_json(orjson.loads(self._runs.read(name))))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise PlanError(name, f"not a report: {error!r}") from error
        return loaded

    def write_values(self, part: Part, values: bytes) -> None:
        """Write the forecasts of a part as numbers, over those of an earlier try."""
        self._runs.write(self._values_name(part), values)

    def values(self, part: Part) -> bytes:
        """Read the forecasts of a part as numbers."""
        return self._runs.read(self._values_name(part))

    def write_downloads(self, report: Mapping[str, Any]) -> None:
        """Write what the run's report says of its file."""
        self._runs.write(self._name(_DOWNLOADS), orjson.dumps(report))

    def downloads(self) -> dict[str, Any]:
        """Read what the run's report says of its file, even if WriteDownloads failed.

        A run without the file is worth more than none, so nothing is raised; the log says why.
        """
        try:
            report: dict[str, Any] = orjson.loads(self._runs.read(self._name(_DOWNLOADS)))
        except (FileError, ValueError) as error:
            logger.warning("%s. The night goes on without", error)
            return {"problems": ["WriteDownloads failed"]}
        return report

    def _values_name(self, part: Part) -> str:
        return self._name(f"values/{part.name}")

    def _verified_name(self, part: Part) -> str:
        return self._name(f"verified/{part.number:05d}.json")

    def _report_name(self, part: Part) -> str:
        return self._name(f"loaded/{part.name}.json")

    def _name(self, name: str) -> str:
        return f"{self._run_id}/{name}"


def part_message(run_id: str, part: Part) -> dict[str, Any]:
    """Return what the state machine passes on about a part; its stations stay in the plan."""
    return {"run_id": run_id, "number": part.number, "name": part.name}
