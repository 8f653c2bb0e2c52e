"""How often it holds what is said about days."""

from click.testing import CliRunner

from bench.daily import main


def test_measuring(model_path, observations):
    """Intervals, means and thresholds are measured on the time that was held back."""
    arguments = ["--model", str(model_path), "--observations", str(observations)]
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)

    assert done.exit_code == 0, done.output
    assert "3 stations, from 2013-12-16T01:00:00Z on" in done.stdout
    # A row in each of two tables; without pollutants there is no index.
    assert done.stdout.count("\u2502 temperature ") == 2
    assert "Air quality" not in done.stdout
