"""CSV files of people's own, imported as a new user would: with the command, then a night."""

import json
import os
import pty
import signal
import subprocess
import time

import polars as pl
import pytest

from tests.command_line import HERE, run, said

GARDEN = (
    "Zeit;Temp (°F);Luftfeuchte;Notiz\n27.11.2025 07:00;50,5;80;x\n27.11.2025 08:00;51,5;n/a;y\n"
)
PLACE = ("--latitude", "52.5", "--longitude", "13.4")
OPTIONS = ("--station", "garden", "--timezone", "Europe/Berlin", *PLACE)


@pytest.fixture
def garden(tmp_path):
    """A spreadsheet's CSV file."""
    path = tmp_path / "garden.csv"
    path.write_bytes(GARDEN.encode("cp1252"))
    return path


def stationcast(*arguments, **options):
    """Run the command as a process."""
    command = [*HERE, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def written(folder):
    """Return the names of the files with readings."""
    return [path.name for path in folder.rglob("*.parquet")]


def test_import(garden, tmp_path):
    """What the file is understood as is shown, then it is written; a repeat writes nothing."""
    arguments = ("import", garden, "--into", tmp_path / "observations", *OPTIONS, "--yes")
    first, again = stationcast(*arguments), stationcast(*arguments)
    shown = " ".join(first.stdout.split())

    assert first.returncode == 0, first.stderr
    assert "2 lines, semicolon between fields, decimal comma, Windows-1252" in shown
    assert "│Temp (°F) │temperature │°F │ 2│ 50.5│ 51.5│" in shown
    assert "│Luftfeuchte│relative_humidity│% │ 1│ 80│ 80│unit assumed" in shown
    assert "│Notiz │- │ │ │ │ │not used: not known│" in shown
    assert "3 readings, stations: 1, 2025-11-27T06:00:00Z to 2025-11-27T07:00:00Z" in shown
    assert "times without a zone: Europe/Berlin" in shown
    assert "Readings written: 3\n" in first.stdout
    assert "Readings written: 0; 3 were there already\n" in again.stdout
    assert len(written(tmp_path)) == 1
    stations = (tmp_path / "observations/source=import-csv/stations.csv").read_text()
    assert "garden,garden,,52.5,13.4,,Europe/Berlin,," in stations


def test_without_a_terminal(garden, tmp_path):
    """Without a terminal and without --yes nothing is written, and the command says so."""
    result = stationcast(
        "import", garden, "--into", tmp_path / "o", *OPTIONS, stdin=subprocess.DEVNULL
    )

    assert result.returncode == 1
    assert "relative_humidity" in result.stdout
    assert result.stderr.endswith(
        "Error: nothing was written; if this is right, repeat it with --yes\n"
    )
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(("answer", "count"), [("y\n", 1), ("n\n", 0)])
def test_at_a_terminal(garden, tmp_path, answer, count):
    """At a terminal the command asks."""
    ours, theirs = pty.openpty()
    os.write(ours, answer.encode())
    result = stationcast("import", garden, "--into", tmp_path / "o", *OPTIONS, stdin=theirs)
    os.close(ours)
    os.close(theirs)

    assert "Write this into" in result.stdout, result.stderr
    assert len(written(tmp_path)) == count
    assert result.returncode == 1 - count


def test_wrong_unit(garden, tmp_path):
    """A column that cannot be what its heading says stops the import, with the correction."""
    garden.write_text("time,rh,p\n2025-11-27 07:00,80,101325\n")
    arguments = ("import", garden, "--into", tmp_path / "o", *OPTIONS, "--yes")
    result = run(*arguments)

    assert result.exit_code == 1
    assert "correct it: --map p=pressure:Pa or --map p= Error: nothing was written" in said(result)
    assert "Readings written: 2" in run(*arguments, "--map", "p=pressure:Pa").output


def test_faults_and_notes_are_shown(garden, tmp_path):
    """Lines that are left out are named, and the hour that clocks show twice is said."""
    garden.write_text(
        "time,temp,rh\n2025-10-26 02:00,1,\n2025-10-26 02:00,2,\nx,3,\n2025-10-27 02:00,-999,\n"
    )
    result = run("import", garden, "--into", tmp_path / "o", *OPTIONS, "--yes", "--day-first")

    assert "Note: " in result.output
    assert "1 of them are of the second time" in said(result)
    assert f"Left out: 1 bad_time {garden}:4: 'x': is not a time" in said(result)
    assert "Left out: 1 sentinel" in result.output
    assert "Europe/Berlin (day first)" in said(result)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--timezone", "Berlin"), "'Berlin' is no time zone; write Europe/Berlin or +01:00"),
        (("--station", "my garden"), "'my garden': use letters, digits and . _ : -"),
        (("--map", "x"), "write column=parameter:unit"),
    ],
)
def test_bad_options(garden, tmp_path, arguments, what):
    """An option that is wrong says how to write it."""
    result = run("import", garden, "--into", tmp_path / "o", *OPTIONS, *arguments)

    assert result.exit_code != 0
    assert what in said(result)


def test_interrupted(tmp_path):
    """Ctrl-C leaves no readings if it comes while an import is under way; some of them, never."""
    path = tmp_path / "big.csv"
    lines = (
        f"S{n % 500},2024-{n % 12 + 1:02}-11 {n % 24:02}:{n % 60:02},{n % 30}"
        for n in range(300_000)
    )
    path.write_text("\n".join(["station,time,temp", *lines]))
    places = tmp_path / "places.csv"
    places.write_text("id,lat,lon\n" + "".join(f"S{n},{n / 10},1\n" for n in range(500)))
    command = [*HERE, "import", path, "--into", tmp_path / "o", "--timezone", "UTC", "--yes"]
    process = subprocess.Popen([*command, "--station-file", places], stderr=subprocess.PIPE)
    while not (tmp_path / "o").exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    process.communicate()
    complete = process.returncode == 0  # on a fast machine

    # It may also come when all are written, and only their names are still to be printed.
    assert len(written(tmp_path / "o")) in ({12} if complete else {0, 12})
    assert not list((tmp_path / "o").rglob(".*"))


def test_a_night_of_what_was_imported(observations, model_path, store_url, tmp_path):
    """The demo's observations as a wide CSV file make the same night as the demo itself."""
    weather = pl.read_parquet(observations / "observations/weather.parquet")
    chosen = weather.filter(pl.col("parameter").is_in(["temperature", "pressure"]))
    wide = chosen.pivot("parameter", index=["station_id", "time"], values="value")
    recent = wide.filter(pl.col("time").dt.year() == 2013, pl.col("time").dt.month() >= 11)
    local = pl.col("time").dt.convert_time_zone("America/New_York").dt.strftime("%m/%d/%Y %I:%M %p")
    fahrenheit = (pl.col("temperature") * 1.8 + 32).alias("temp (°F)")
    path = tmp_path / "weather.csv"
    recent.select("station_id", local, fahrenheit, "pressure").write_csv(path, separator=";")
    into = tmp_path / "imported"
    result = run(
        "import", path, "--into", into, "--yes", "--timezone", "America/New_York",
        "--station-file", observations / "stations.csv",
    )  # fmt: skip
    assert result.exit_code == 0, result.output

    runs = {}
    for name, folder in {"demo": observations, "import": into}.items():
        store = store_url.replace(".db", f"-{name}.db")
        night = ("nightly", "--issue-time", "2013-12-30T00:00:00Z", "--model", model_path)
        assert "6 series, 3 stations" in said(
            run(*night, "--observations", folder, "--store", store)
        )
        shown = run("runs", "show", "20131230T0000Z-1", "--store", store)
        runs[name] = json.loads(shown.output)["report"]["observations"]

    assert runs["import"]["used"] == runs["demo"]["used"]
    assert runs["import"]["groups"]["source import-csv"] == [runs["import"]["used"], 0]


def test_a_csv_file_among_observations(garden, tmp_path, model_path, store_url):
    """A night that meets such a file names the command that would import it."""
    folder = tmp_path / "observations"
    folder.mkdir()
    garden.rename(folder / "garden.csv")
    result = run("nightly", "--observations", folder, "--model", model_path, "--store", store_url)

    assert (
        "garden.csv: not a CSV file of OpenAQ; import it, from elsewhere: stationcast import "
        "garden.csv --into FOLDER --station ID --latitude LAT --longitude LON --timezone ZONE"
    ) in said(result)
