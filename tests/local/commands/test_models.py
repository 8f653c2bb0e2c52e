"""The models of a multi-model endpoint: trained, added, replaced, removed, routed."""

import re
import shutil
from dataclasses import replace

import boto3
import numpy as np
import polars as pl
import pytest
from moto import mock_aws

from api.realtime.routing import read_routes
from batch_jobs.observations.files import open_location
from batch_jobs.observations.read import read_observations
from batch_jobs.progress import quiet
from batch_jobs.transform import load_model
from local.commands.main import main
from local.errors import TargetModelError
from local.releases.target_models import TargetModel, add_models, replace_models
from local.training.model_plan import Local, Measured, Skipped, plan_models, train_each
from model.candidate import MIN_STATIONS
from model.training import DEPTH
from tests.command_line import run, said
from tests.factories import ISSUE_TIME, NOW

BUCKET = "models"


@pytest.fixture(scope="module")
def read(observations):
    """Ten weeks of two parameters at three stations of one country."""
    codes = ("temperature", "pressure")
    return read_observations(str(observations), end=ISSUE_TIME, hours=1680, parameters=codes)


@pytest.fixture(scope="module")
def artifacts(read, tmp_path_factory):
    """A folder with the artifacts of temperature, everywhere and in the US."""
    folder = tmp_path_factory.mktemp("artifacts")
    models = [TargetModel("temperature"), TargetModel("temperature", "US")]
    list(train_each(Local(Measured(read), "v1", 2), models, folder, quiet))
    return folder


@pytest.fixture(params=["folder", "s3"])
def location(request, tmp_path, monkeypatch):
    """An empty location for models, of each kind."""
    if request.param == "folder":
        (tmp_path / "models").mkdir()
        yield str(tmp_path / "models")
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield f"s3://{BUCKET}/endpoint-models/"


def names(location):
    """Return the names of the files at a location."""
    return [file.name for file in open_location(location).files()]


@pytest.mark.parametrize(
    ("file", "model", "route"),
    [
        ("pm25.tar.gz", TargetModel("pm25"), "pm25"),
        ("pm25.US.tar.gz", TargetModel("pm25", "US"), "pm25/US"),
        ("o3.20261122T140510Z.tar.gz", TargetModel("o3", "", "20261122T140510Z"), "o3"),
        (
            "o3.DE.20261122T140510Z.tar.gz",
            TargetModel("o3", "DE", "20261122T140510Z"),
            "o3/DE",
        ),
    ],
)
def test_names_of_models(file, model, route):
    """A name is read and written in the same form."""
    assert TargetModel.of(file) == model
    assert (model.file, model.route) == (file, route)


@pytest.mark.parametrize("file", ["model.zip", "pm25.us.tar.gz", "PM25.tar.gz", "pm25..tar.gz"])
def test_other_names_are_refused(file):
    """Files with other names are refused."""
    with pytest.raises(TargetModelError, match=re.escape(f"{file}: a model is called pm25.tar.gz")):
        TargetModel.of(file)


def test_the_life_of_a_model(location, artifacts):
    """A model is added, listed, replaced, routed and removed."""
    of = ("--models", location)
    everywhere, in_us = artifacts / "temperature.tar.gz", artifacts / "temperature.US.tar.gz"
    added = run("models", "add", *of, everywhere, in_us)
    assert "Added: temperature.tar.gz Added: temperature.US.tar.gz" in said(added), added.output
    assert names(location) == ["temperature.US.tar.gz", "temperature.tar.gz"]

    replaced = run("models", "replace", *of, in_us)
    newer = re.search(r"temperature\.US\.\d{8}T\d{6}Z\.tar\.gz", replaced.output)[0]
    listed = run("models", "list", *of).output
    assert re.findall(r"(yes|no)\W*$", listed, re.MULTILINE) == ["yes", "no", "yes"]
    assert listed.index("temperature.tar.gz") < listed.index("temperature.US.tar.gz")

    routes = run("models", "routes", *of)
    assert routes.stdout == f"temperature=temperature.tar.gz,temperature/US={newer}\n"
    table = read_routes(routes.stdout.strip())
    assert table.model_of("temperature", "US") == newer
    assert table.model_of("temperature", "DE") == "temperature.tar.gz"

    removed = run("models", "remove", *of, newer)
    assert "temperature/US=temperature.US.tar.gz" in removed.output
    assert newer not in names(location)


def test_a_model_is_not_written_over(location, artifacts):
    """`add` refuses existing routes, `replace` refuses new ones."""
    path = artifacts / "temperature.tar.gz"
    early = run("models", "replace", "--models", location, path)
    run("models", "add", "--models", location, path)
    again = run("models", "add", "--models", location, path)

    assert (early.exit_code, again.exit_code) == (1, 1)
    assert "there is no model of temperature to replace" in said(early)
    assert "temperature has temperature.tar.gz; `models replace` replaces it" in said(again)


def test_two_at_the_same_moment(location, artifacts):
    """A name is written only once, even by two processes at a time."""
    place, path = open_location(location), artifacts / "temperature.tar.gz"
    add_models(place, [path])
    replace_models(place, [path], NOW)

    with pytest.raises(TargetModelError, match="another process has just written it"):
        replace_models(place, [path], NOW)


def test_artifacts_that_do_not_fit_their_names(tmp_path, location, artifacts, model_path):
    """An artifact with another parameter, several or none is refused; nothing is written."""
    wrong, several, broken = (tmp_path / f"{code}.tar.gz" for code in ("pm25", "pressure", "o3"))
    shutil.copy(artifacts / "temperature.tar.gz", wrong)
    shutil.copy(model_path, several)
    broken.write_bytes(b"no artifact")
    good = artifacts / "temperature.tar.gz"
    of = ("models", "add", "--models", location, good)

    assert "pm25.tar.gz: forecasts temperature, not pm25 alone" in said(run(*of, wrong))
    assert "forecasts temperature, pressure, not pressure alone" in said(run(*of, several))
    assert "o3.tar.gz: not a model artifact" in said(run(*of, broken))
    assert "more than one model of temperature is given" in said(run(*of, good))
    assert names(location) == []


def test_missing_models(location, tmp_path):
    """Missing models cannot be removed or routed; other files are listed and stay."""
    open_location(location).write("notes.txt", b"")
    gone = run("models", "remove", "--models", location, "pm25.tar.gz")
    routes = run("models", "routes", "--models", location)
    listed = run("models", "list", "--models", location)
    nowhere = run("models", "list", "--models", tmp_path / "nowhere")

    assert "pm25.tar.gz: is not there; there are no models" in said(gone)
    assert (routes.exit_code, "no models" in said(routes)) == (1, True)
    assert "ignored: notes.txt is not the name of a model" in listed.output
    assert (nowhere.exit_code, "No such file" in said(nowhere)) == (1, True)


def test_each_parameter_and_country(read, tmp_path):
    """There is an artifact for each; a country without enough stations is skipped."""
    models = plan_models(("temperature",), ["US", "DE"])
    made = list(train_each(Local(Measured(read), "v1", 3), models, tmp_path, quiet))
    loaded = load_model(tmp_path / "temperature.US.tar.gz")

    assert [found.model.file for found in made] == [model.file for model in models]
    assert loaded.parameters == ("temperature",)
    assert (loaded.training["depth"], loaded.training["stations"]) == (3, MIN_STATIONS)
    assert made[2] == Skipped(
        TargetModel("temperature", "DE"),
        "0 stations of DE measure temperature; a country's own model needs 3",
    )
    assert not (tmp_path / "temperature.DE.tar.gz").exists()


def test_a_country_is_learned_from_its_own_stations(read, tmp_path):
    """Observations of other countries do not change a country's model."""
    stations = tuple(
        replace(station, id=f"{station.id}-{country}", country=country)
        for country in ("US", "DE")
        for station in read.stations
    )
    values = np.concatenate([read.values, read.values * 2])
    both = replace(read, stations=stations, values=values)
    model = [TargetModel("temperature", "US")]
    for name, observations in (("both", both), ("alone", read)):
        list(train_each(Local(Measured(observations), "v1", 2), model, tmp_path / name, quiet))

    files = [tmp_path / name / "temperature.US.tar.gz" for name in ("both", "alone")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_parameter_with_too_few_values_is_skipped(read, tmp_path):
    """A parameter with a single day of values is skipped; the other one is trained."""
    values = read.values.copy()
    values[:, read.parameters.index("pressure"), 24:] = np.nan
    models = plan_models(read.parameters, [])
    source = Measured(replace(read, values=values))
    made = list(train_each(Local(source, "v1", 2), models, tmp_path, quiet))

    reasons = {found.model.parameter: getattr(found, "reason", "") for found in made}
    assert reasons == {
        "temperature": "",
        "pressure": "pressure: no observations in the held-back time to evaluate on",
    }


@pytest.fixture
def weeks(observations, tmp_path):
    """The observations of ten weeks, as a folder."""
    folder = tmp_path / "weeks"
    (folder / "observations").mkdir(parents=True)
    shutil.copy(observations / "stations.csv", folder)
    frame = pl.read_parquet(observations / "observations" / "weather.parquet")
    recent = frame.filter(pl.col("time") > pl.lit(ISSUE_TIME) - pl.duration(days=70))
    recent.write_parquet(folder / "observations" / "recent.parquet")
    return folder


def test_train_each_parameter(weeks, tmp_path):
    """The command writes a folder, and says what was skipped and why."""
    result = run(
        *("train", "--observations", weeks, "--parameters", "pressure", "--depth", 2),
        *("--each-parameter", "--countries", "US,DE", "--output", tmp_path / "models"),
    )

    assert result.exit_code == 0, result.output
    assert names(str(tmp_path / "models")) == ["pressure.US.tar.gz", "pressure.tar.gz"]
    assert "skipped pressure.DE.tar.gz: 0 stations of DE measure pressure" in said(result)
    assert "Wrote 2 models" in said(result)


def test_train_nothing(weeks, tmp_path):
    """If no model can be trained, the command fails with the reason."""
    frame = pl.read_parquet(weeks / "observations" / "recent.parquet")
    few = frame.filter(pl.col("time") > pl.lit(ISSUE_TIME) - pl.duration(days=20))
    few.write_parquet(weeks / "observations" / "recent.parquet")
    result = run("train", "--observations", weeks, "--each-parameter", "--output", tmp_path / "m")

    assert result.exit_code == 1
    assert "skipped temperature.tar.gz: 503 hours of observations are too few" in said(result)
    assert "no model could be trained" in said(result)


def test_countries_need_each_parameter():
    """`--countries` needs one artifact for each parameter."""
    result = run("train", "--observations", "x", "--countries", "US")

    assert (result.exit_code, "--countries needs --each-parameter" in said(result)) == (2, True)


def test_the_default_depth_is_the_trainings():
    """The command line's default, which does not load xgboost, is the same."""
    (option,) = (option for option in main.commands["train"].params if option.name == "depth")

    assert option.default == DEPTH
