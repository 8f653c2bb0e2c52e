"""The entry point of the Spark job, in this process: Spark starts only if there is work."""

from batch_jobs.training.spark_job import main
from tests.batch_jobs.training.archive_folder import DAYS, contents, prepared, write_archive


def words(observations, into, *more):
    """Return the arguments that EMR Serverless is given."""
    return ["--observations", str(observations), "--output", str(into), *more]


def test_nothing_to_do(tmp_path, capsys):
    """A set that is up to date stays as it is, and the last line says so."""
    observations = write_archive(tmp_path / "archive", days=DAYS, codes=("pm25", "o3"))
    prepared(observations, tmp_path / "set", parameters=["pm25"])
    before = contents(tmp_path / "set")

    assert main(words(observations, tmp_path / "set", "--parameters", "pm25")) == 0
    assert capsys.readouterr().out == f"Wrote {tmp_path}/set; groups read: 0, up to date: 2\n"
    assert contents(tmp_path / "set") == before


def test_without_observations(tmp_path, capsys):
    """The last line says why there is no set."""
    (tmp_path / "archive").mkdir()

    assert main(words(tmp_path / "archive", tmp_path / "set")) == 1
    assert capsys.readouterr().err.startswith("Error: no observations in ")
    assert not (tmp_path / "set").exists()


def test_an_unknown_parameter(tmp_path, capsys):
    """The last line names it."""
    observations = write_archive(tmp_path / "archive", days=DAYS[:1])

    assert main(words(observations, tmp_path / "set", "--parameters", "pm25,smoke")) == 1
    assert "Error: unknown parameter 'smoke'" in capsys.readouterr().err
