"""The files of a run in a folder; a bucket works through the same calls."""

import pytest

from batch_jobs.errors import FileError, PlanError
from batch_jobs.load_report import LoadReport, ParameterStats
from batch_jobs.observations.files import open_location
from batch_jobs.observations.report import ReadReport
from batch_jobs.plan_run import Part
from batch_jobs.run_files import KeptPlan, RunFiles, part_message
from batch_jobs.verified_night import VerifiedNight, VerifiedStations
from forecasts.missing import LeftOut
from tests.factories import A_RUN, a_station

PARTS = (
    Part(
        0,
        (a_station(), a_station(id="EWR", elevation=None)),
        (LeftOut("LOST", "no_coordinates", "it has no latitude"),),
    ),
    Part(1, (a_station(id="LGA", name="Zürich", timezone="Europe/Zurich"),)),
)
READ = ReadReport(files=2, rows=10, used=9, dropped={"sentinel": 1}, examples=["a.csv:3: bad"])


@pytest.fixture
def files(tmp_path):
    """The files of a run, before any is written."""
    return RunFiles(open_location(str(tmp_path)), A_RUN.id)


def test_a_plan_is_kept(files):
    """Stations and report are read back as they were written."""
    assert files.keep_plan(PARTS, READ) == KeptPlan(PARTS, READ)
    assert files.part(1) == PARTS[1]
    assert files.plan().stations == 3


def test_the_first_plan_stays(files):
    """A later plan of the same run does not replace the first one."""
    files.keep_plan(PARTS, READ)

    assert files.keep_plan(PARTS[:1], ReadReport()) == KeptPlan(PARTS, READ)


def test_a_part_that_is_not_planned(files):
    """If a part is not planned, the error names the plan."""
    files.keep_plan(PARTS, READ)
    with pytest.raises(PlanError, match=r"20131230T0000Z-1/plan.json: no part 2; there are 2"):
        files.part(2)


@pytest.mark.parametrize("content", [b"{", b"{}", b'{"parts":[[{}]],"read":{}}', b"[]"])
def test_malformed_plan(files, tmp_path, content):
    """If a plan is malformed, the error names the file."""
    files.keep_plan(PARTS, READ)
    (tmp_path / A_RUN.id / "plan.json").write_bytes(content)
    with pytest.raises(PlanError, match=r"^20131230T0000Z-1/plan.json: not a plan: "):
        files.plan()


def test_the_first_input_stays(files):
    """The input is not replaced, because the transform may be reading it."""
    files.keep_input(PARTS[0], b"first\n")
    files.keep_input(PARTS[0], b"second\n")

    assert files.input(PARTS[0]) == b"first\n"


def test_output_is_found_where_sagemaker_leaves_it(files, tmp_path):
    """The output has the name of the input, with `.out`."""
    (tmp_path / A_RUN.id / "out").mkdir(parents=True)
    (tmp_path / A_RUN.id / "out" / "part-00000.jsonl.out").write_bytes(b"{}\n")

    assert files.output(PARTS[0]) == b"{}\n"
    with pytest.raises(FileError, match=r"^20131230T0000Z-1/out/part-00001.jsonl.out: "):
        files.output(PARTS[1])


STATIONS = VerifiedStations(
    {"JFK": [b"1"], "LGA": [b"2", b"3"]}, {"LGA": bytes(9), "LOST": bytes(9)}
)
FAILED = VerifiedNight(problems=["VerifyRun failed"])


def test_each_part_has_what_its_stations_need(files):
    """A part's file has its own stations only; that of the night has none."""
    files.write_verified(VerifiedNight(STATIONS, problems=["no"]), PARTS)

    assert files.verified_stations(PARTS[0]) == VerifiedStations({"JFK": [b"1"]}, {})
    assert files.verified_stations(PARTS[1]) == VerifiedStations(
        {"LGA": [b"2", b"3"]}, {"LGA": bytes(9)}
    )
    assert files.verified() == VerifiedNight(items=[], problems=["no"], report=[])


def test_a_try_that_fails_leaves_nothing_of_an_earlier_one(files, tmp_path):
    """If VerifyRun is tried again and fails halfway, neither try is read."""
    files.write_verified(VerifiedNight(STATIONS), PARTS)
    files.begin_verified()
    of_second = tmp_path / A_RUN.id / "verified" / "00001.json"
    of_second.unlink()
    of_second.mkdir()
    with pytest.raises(FileError, match=r"verified/00001.json"):
        files.write_verified(VerifiedNight(STATIONS), PARTS)

    assert files.verified_stations(PARTS[0]) == VerifiedStations()
    assert files.verified() == FAILED


def test_damaged_files_are_not_read(files, tmp_path, caplog):
    """A night goes on without what cannot be read; the log says so."""
    files.write_verified(VerifiedNight(STATIONS), PARTS)
    for name in ("night.json", "00000.json"):
        (tmp_path / A_RUN.id / "verified" / name).write_bytes(b"{}")

    assert files.verified_stations(PARTS[0]) == VerifiedStations()
    assert files.verified() == FAILED
    assert caplog.text.count("The night goes on without") == 2


def test_what_is_said_of_the_file_of_a_run(files, tmp_path, caplog):
    """Values and report come back as they were written; a report that is damaged says so."""
    files.write_values(PARTS[1], b"1234")
    files.write_downloads({"problems": []})

    assert files.values(PARTS[1]) == b"1234"
    assert files.downloads() == {"problems": []}

    (tmp_path / A_RUN.id / "downloads.json").write_bytes(b"{")

    assert files.downloads() == {"problems": ["WriteDownloads failed"]}
    assert "The night goes on without" in caplog.text


def a_report(stations):
    """Return the report of a part, with an entry in every field."""
    report = LoadReport(stations=stations, write_units=2.5)
    report.missing.update(["too_few_observations"] * stations)
    report.fault("bad_line", "part-00000.jsonl.out:3: bad")
    report.parameters["temperature"] = ParameterStats(stations, 3.5, 4.5)
    return report


def test_reports_are_merged(files):
    """The merged report has the counts of all parts, as one machine would have them."""
    files.write_report(PARTS[0], a_report(5))
    files.write_report(PARTS[0], a_report(2))
    files.write_report(PARTS[1], a_report(1))
    merged = a_report(2)
    merged.merge(a_report(1))

    assert files.loaded(PARTS) == merged


@pytest.mark.parametrize("content", [b"{", b"[]", b"{}", b'{"missing":1}'])
def test_malformed_report(files, tmp_path, content):
    """If a report is malformed, the error names the file."""
    files.write_report(PARTS[0], a_report(1))
    (tmp_path / A_RUN.id / "loaded" / "part-00000.jsonl.json").write_bytes(content)
    with pytest.raises(PlanError, match=r"loaded/part-00000.jsonl.json: not a report: "):
        files.loaded(PARTS[:1])


def test_part_message():
    """Messages between states are small, because stations stay in the plan."""
    message = part_message(A_RUN.id, PARTS[1])

    assert message == {"run_id": A_RUN.id, "number": 1, "name": "part-00001.jsonl"}
