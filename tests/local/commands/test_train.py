"""Training and evaluating models from the command line."""

import json
import signal
import subprocess
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from batch_jobs.progress import quiet
from batch_jobs.transform import load_model
from local.training.training import train_model
from tests.command_line import HERE, run, said
from tests.factories import ISSUE_TIME
from tests.training_sets import write_set


@pytest.fixture
def small(observations, tmp_path):
    """A folder with the last ten weeks of observations."""
    folder = tmp_path / "small"
    (folder / "observations").mkdir(parents=True)
    (folder / "stations.csv").write_bytes((observations / "stations.csv").read_bytes())
    frame = pl.read_parquet(observations / "observations" / "weather.parquet")
    recent = pl.col("time").is_between(pl.lit(ISSUE_TIME) - pl.duration(days=70), ISSUE_TIME)
    frame.filter(recent).write_parquet(folder / "observations" / "recent.parquet")
    return folder


def test_train_and_evaluate(small, tmp_path):
    """A model is trained and evaluated; the table and the JSON agree on its start."""
    model = tmp_path / "model.tar.gz"

    trained = run(
        "train", "--observations", small, "--output", model, "--parameters", "pressure,visibility"
    )
    assert trained.exit_code == 0, trained.output
    assert "pressure" in trained.output

    folder = tmp_path / "evaluation"
    evaluated = run("evaluate", "--observations", small, "--model", model, "--output", folder)
    assert evaluated.exit_code == 0, evaluated.output
    report = json.loads((folder / "evaluation.json").read_text())
    assert set(report["parameters"]) == {"pressure", "visibility"}
    assert report["parameters"]["visibility"]["repeats"] > 0.6
    assert report["interval_coverage"] == report["parameters"]["pressure"]["coverage"]
    assert (folder / "evaluation.png").read_bytes().startswith(b"\x89PNG")
    assert report["since"] in evaluated.output


@pytest.fixture
def dry(small):
    """The small folder, without a drop of rain and with the same wind every day."""
    path = small / "observations" / "recent.parquet"
    hour = pl.col("time").dt.hour().cast(pl.Float64)
    code = pl.col("parameter")
    value = (
        pl.when(code == "precipitation")
        .then(0.0)
        .when(code == "wind_speed")
        .then(hour)
        .otherwise(pl.col("value"))
        .alias("value")
    )
    pl.read_parquet(path).with_columns(value).write_parquet(path)
    return small


def test_a_dry_summer(dry, tmp_path):
    """Parameters that cannot be judged are left out with a reason; the others are trained."""
    model = tmp_path / "model.tar.gz"
    arguments = ("train", "--observations", dry, "--output", model, "--parameters")
    trained = run(*arguments, "pressure,precipitation,wind_speed")

    assert trained.exit_code == 0, trained.output
    for code in ("precipitation", "wind_speed"):
        assert f"left out {code}: in the time to evaluate on every day is like" in said(trained)
    assert "pressure" in trained.output
    assert run(*arguments, "precipitation").exit_code == 1


def test_models_of_a_dry_summer(dry, tmp_path):
    """With a model for each parameter, one that cannot be judged costs only its own model."""
    result = run(
        *("train", "--observations", dry, "--each-parameter", "--output", tmp_path / "models"),
        *("--parameters", "pressure,precipitation"),
    )

    assert result.exit_code == 0, result.output
    assert "skipped precipitation.tar.gz: precipitation: in the time" in said(result)
    assert (tmp_path / "models" / "pressure.tar.gz").exists()


def test_an_evaluation_can_begin_later(observations, model_path, tmp_path):
    """Observations before --since are left out, and the report repeats it."""
    result = run(
        *("evaluate", "--observations", observations, "--model", model_path),
        *("--since", "2013-12-20T00:00:00Z", "--output", tmp_path),
    )
    report = json.loads((tmp_path / "evaluation.json").read_text())

    assert result.exit_code == 0, result.output
    assert report["since"] == "2013-12-20T00:00:00Z"
    assert report["parameters"]["temperature"]["hours"] < 3 * 24 * 11 * 24 / 7 + 200


def test_an_absent_parameter_is_named(observations, tmp_path):
    """A parameter that was never measured cannot be learned, and the error names it."""
    result = run(
        *("train", "--observations", observations, "--parameters", "pressure,pm25"),
        *("--output", tmp_path / "model.tar.gz"),
    )

    assert result.exit_code == 1
    assert "nothing of pm25" in said(result)


def test_no_coverage_is_claimed_if_all_values_repeat(small, tmp_path):
    """A model of precipitation alone claims no coverage of its interval."""
    model = tmp_path / "model.tar.gz"
    run("train", "--observations", small, "--output", model, "--parameters", "precipitation")
    result = run("evaluate", "--observations", small, "--model", model, "--output", tmp_path)

    assert result.exit_code == 0, result.output
    assert "80 % interval" not in result.output


def test_ctrl_c_stops_a_training_cleanly(observations, tmp_path):
    """Ctrl-C leaves no traceback and no half-written model."""
    model = tmp_path / "model.tar.gz"
    arguments = ("train", "--observations", observations, "--output", model)
    process = subprocess.Popen(
        [*HERE, *map(str, arguments)],
        stderr=subprocess.STDOUT,
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in process.stdout:
        if "Reading Parquet" in line:
            break
    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=60)[0]

    assert process.returncode == 1
    assert rest.endswith("Aborted!\n")
    assert "Traceback" not in rest
    assert list(tmp_path.iterdir()) == []


def test_covariates(small, tmp_path):
    """What is taken as known ahead is not forecast, and `evaluate` finds it in the observations."""
    model = tmp_path / "model.tar.gz"

    trained = run(
        "train", "--observations", small, "--output", model, "--parameters", "pressure",
        "--covariates", "wind_speed,temperature",
    )  # fmt: skip
    assert trained.exit_code == 0, trained.output
    assert "wind_speed" not in trained.output

    evaluated = run("evaluate", "--observations", small, "--model", model, "--output", tmp_path)
    assert evaluated.exit_code == 0, evaluated.output
    assert set(json.loads((tmp_path / "evaluation.json").read_text())["parameters"]) == {"pressure"}


def test_covariates_of_single_models(small):
    """Models of single parameters have no covariates; the error says so."""
    result = run("train", "--observations", small, "--each-parameter", "--covariates", "pressure")

    assert result.exit_code == 2
    assert "--covariates does not go with --each-parameter" in said(result)


def test_stations_left_out(small, tmp_path):
    """A second model is measured on a station that it has not seen; the artifact has its scores."""
    model = tmp_path / "model.tar.gz"
    trained = run(
        "train", "--observations", small, "--output", model, "--parameters", "pressure",
        "--leave-stations-out", "--depth", "2",
    )  # fmt: skip
    scores = load_model(model).scores["pressure"]

    assert trained.exit_code == 0, trained.output
    assert "without 1 station that it is measured on" in said(trained)
    assert scores["left_out"]["stations"] == 1
    assert scores["left_out"]["hours"] < scores["hours"]
    assert scores["left_out"]["mae"] > 0


def test_a_single_station_cannot_be_left_out(small, tmp_path):
    """The error says so, after the model was written."""
    stations = (small / "stations.csv").read_text().splitlines()
    (small / "stations.csv").write_text("\n".join(stations[:2]) + "\n")
    model = tmp_path / "model.tar.gz"
    result = run(
        "train", "--observations", small, "--output", model, "--parameters", "pressure",
        "--leave-stations-out", "--depth", "2",
    )  # fmt: skip

    assert result.exit_code == 1
    assert "a single station: there is none to leave out" in said(result)
    assert "left_out" not in load_model(model).scores["pressure"]


@pytest.fixture
def north(small):
    """The small folder, with its stations 1,300 km to the north."""
    frame = pl.read_csv(small / "stations.csv").with_columns(pl.col("latitude") + 12)
    frame.write_csv(small / "stations.csv")
    return small


def test_stations_are_adopted(north, model_path, tmp_path):
    """Where the model is better than the reference, its network grows, and it forecasts there."""
    adopted = tmp_path / "adopted.tar.gz"
    command = ("evaluate", "--observations", north, "--output", tmp_path / "evaluation")
    first = run(*command, "--model", model_path, "--adopt", adopted)
    before, after = load_model(model_path).network, load_model(adopted).network
    again = run(*command, "--model", adopted, "--adopt", tmp_path / "again.tar.gz")

    assert first.exit_code == 0, first.output
    assert "The model by itself, without a reference" in said(first)
    assert "Adopted for" in said(first)
    assert set(before["pressure"].places) < set(after["pressure"].places)
    assert after["pressure"].stations == 6
    assert after["pressure"].latitude[1] > 52
    assert after["pressure"].quantiles["p01"] <= before["pressure"].quantiles["p01"]
    assert again.exit_code == 0, again.output
    assert "nothing was adopted" in said(again)
    assert not (tmp_path / "again.tar.gz").exists()


def test_stations_of_single_models(small):
    """Models of single parameters leave no stations out; the error says so."""
    result = run("train", "--observations", small, "--each-parameter", "--leave-stations-out")

    assert result.exit_code == 2
    assert "--leave-stations-out does not go with --each-parameter" in said(result)


@pytest.fixture
def training_set(archive, tmp_path):
    """A training set of three stations: two in the US, one in Canada."""
    return write_set(tmp_path / "set", archive, ["US", "CA", "US"])


def test_training_from_a_set(training_set, archive, tmp_path):
    """A set gives the artifact that its observations give; a small country has none."""
    folder = tmp_path / "models"
    done = run(
        *("train", "--from", training_set, "--parameters", "pressure", "--countries", "US"),
        *("--each-parameter", "--depth", "2", "--output", folder),
    )
    observed = tmp_path / "observed.tar.gz"
    train_model(archive.select(("pressure",)), "v1", observed, quiet, 2)

    assert done.exit_code == 0, done.output
    assert (folder / "pressure.tar.gz").read_bytes() == observed.read_bytes()
    assert [path.name for path in folder.iterdir()] == ["pressure.tar.gz"]
    assert "skipped pressure.US.tar.gz: 2 stations of US measure pressure" in said(done)


def test_one_model_of_a_set(training_set, archive, tmp_path):
    """Without --each-parameter, the model sees all parameters, as that of the observations does."""
    output = tmp_path / "model.tar.gz"
    done = run("train", "--from", training_set, "--depth", "1", "--output", output)
    observed = tmp_path / "observed.tar.gz"
    train_model(archive, "v1", observed, quiet, 1)

    assert done.exit_code == 0, done.output
    assert output.read_bytes() == observed.read_bytes()
    for words in ("Model v1 on the held-back time", "temperature", "pressure", f"Wrote {output}"):
        assert words in said(done)


def test_a_parameter_that_a_set_cannot_teach(archive, tmp_path):
    """It is left out of the model, and the reason is said."""
    values = archive.values.copy()
    values[:, 1, -21 * 24 :] = np.nan
    folder = write_set(tmp_path / "set", replace(archive, values=values), ["US"] * len(values))
    output = tmp_path / "model.tar.gz"
    done = run("train", "--from", folder, "--depth", "1", "--output", output)

    assert done.exit_code == 0, done.output
    assert load_model(output).parameters == ("temperature",)
    assert "left out pressure: no observations in the held-back time" in said(done)


def test_each_parameter_of_a_set(training_set, tmp_path):
    """Without --parameters, all that the set has are trained; a damaged file costs only its own."""
    (torn,) = training_set.glob("parameter=pressure/country=CA/*/*")
    torn.write_bytes(torn.read_bytes()[:100])
    folder = tmp_path / "models"
    options = ("--each-parameter", "--depth", "1", "--output", folder)
    done = run("train", "--from", training_set, *options)

    assert done.exit_code == 0, done.output
    assert [path.name for path in folder.iterdir()] == ["temperature.tar.gz"]
    assert f"skipped pressure.tar.gz: {torn}: cannot be read" in said(done)


@pytest.mark.parametrize("options", [(), ("--from", "set", "--observations", "observations")])
def test_one_source(options):
    """A model learns from observations or from a set."""
    done = run("train", *options)

    assert (done.exit_code, "give either --observations or --from" in said(done)) == (2, True)


def test_no_training_set(tmp_path):
    """A folder that is not a set is named."""
    done = run("train", "--from", tmp_path)

    assert done.exit_code == 1
    said_so = f"{tmp_path}/manifest.json: there is no such file; `stationcast training prepare`"
    assert said_so in said(done)


def test_a_prepared_set(small, tmp_path):
    """A set that `training prepare` made gives the models that its observations give."""
    prepared = tmp_path / "set"
    run("training", "prepare", "--observations", small, "--output", prepared)
    options = ("--parameters", "pressure,precipitation", "--countries", "US", "--depth", "2")
    folders = tmp_path / "of_set", tmp_path / "of_observations"
    for folder, source in zip(
        folders, (("--from", prepared), ("--observations", small)), strict=True
    ):
        done = run("train", *source, "--each-parameter", *options, "--output", folder)
        assert done.exit_code == 0, done.output
    of_set, of_observations = (
        {path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders
    )

    assert len(of_set) == 4
    assert of_set == of_observations
