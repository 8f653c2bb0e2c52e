"""The functions' bundles: what they contain, what they leave out, and that builds repeat."""

import hashlib
import importlib.util
import marshal
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

from scripts.bundle import (
    FUNCTIONS,
    ROOT,
    BundleError,
    Platform,
    build,
    compile_all,
    find_interpreter,
    main,
    size_of,
    write_zip,
)
from scripts.locked_packages import PLACES, copy_package
from tests.dynamodb_local import template
from tests.lambda_function import HERE

#: Packages that no function of the reader may contain.
DATA_STACK = {"numpy", "polars", "orjson", "xgboost", "scipy", "model", "batch_jobs"}


@pytest.fixture(scope="module")
def imports():
    """What imports what, in our packages and beyond."""
    return grimp.build_graph(
        "api", "batch_jobs", "forecasts", "model_function", include_external_packages=True
    )


@pytest.fixture
def api(bundle_of):
    """The bundle of the API."""
    return bundle_of("ApiFunction")


def names_of(folder):
    """Return the names that can be imported from a bundle."""
    return {path.name.removesuffix(".py") for path in folder.iterdir()}


def test_the_api_carries_only_what_it_needs(api):
    """The bundle has our two packages and the API's requirements: no data stack, no tests."""
    names = names_of(api)

    assert {"api", "forecasts", "fastapi", "mangum", "botocore", "tzdata"} <= names
    assert not names & (DATA_STACK | {"tests", "local", "bin"})
    assert not list(api.rglob("tests"))
    assert not list(api.rglob("*.pyi"))


def test_the_api_is_small(api):
    """At most 13 MB are uploaded, and fetched at a cold start."""
    assert size_of(api).zipped <= 13e6


def test_the_api_has_the_index_of_places(api):
    """The API's bundle has the file of towns that search reads."""
    assert (api / "api" / "reading" / "places.txt").read_bytes() == PLACES.read_bytes()


def test_the_index_of_places_was_not_made(tmp_path, monkeypatch):
    """Without the index no bundle is made; the error says what makes it."""
    monkeypatch.setattr("scripts.locked_packages.PLACES", ROOT / "api" / "none.txt")
    with pytest.raises(BundleError, match="uv sync --reinstall-package stationcast"):
        copy_package(Path("api"), tmp_path)


def test_versions_are_those_of_the_lock_file(api):
    """The deployed versions are the tested ones."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    locked = {(p["name"].replace("-", "_"), p["version"]) for p in lock["package"]}
    carried = {
        tuple(path.name.removesuffix(".dist-info").lower().rsplit("-", 1))
        for path in api.glob("*.dist-info")
    }

    assert len(carried) == size_of(api).packages
    assert len(carried) > 10
    assert carried <= locked


def test_only_services_that_are_called_are_described(api):
    """The API's bundle describes three of botocore's hundreds of services."""
    described = {path.name for path in (api / "botocore" / "data").iterdir() if path.is_dir()}

    assert described == {"dynamodb", "lambda", "sagemaker-runtime"}


def test_the_functions_are_those_of_the_template():
    """Each function of the template has a bundle with its entry point, in the template's folder."""
    resources = template()["Resources"].items()
    functions = {n: r["Properties"] for n, r in resources if r["Type"].endswith("less::Function")}

    assert {n: p["Handler"] for n, p in functions.items()} == {
        name: function.handler for name, function in FUNCTIONS.items()
    }
    assert [p["CodeUri"].strip("/") for p in functions.values()] == [
        f"build/{n}" for n in functions
    ]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_service_that_is_called_is_described(imports, name):
    """If a module that is used creates a client of a service, the bundle has its description."""
    function = FUNCTIONS[name]
    entry = function.handler.rpartition(".")[0]
    files = [
        (ROOT / module.replace(".", "/")).with_suffix(".py")
        for module in {entry, *imports.find_upstream_modules(entry)}
    ]
    called = {
        service
        for text in (file.read_text() for file in files if file.exists())
        for service in re.findall(r'(?:client|create_client|resource)\(\s*"([a-z0-9-]+)"', text)
    }

    assert called <= function.services
    # A function that calls no service has no descriptions.
    assert bool(called) == bool(function.services)


def test_only_functions_that_fetch_carry_httpx(imports):
    """A bundle has httpx if, and only if, its entry point asks services of observations."""
    entries = {name: function.handler.rpartition(".")[0] for name, function in FUNCTIONS.items()}
    asking = {n for n, entry in entries.items() if "httpx" in imports.find_upstream_modules(entry)}
    carrying = {name for name, function in FUNCTIONS.items() if "httpx" in function.requirements}

    assert carrying == asking


def test_everything_is_compiled(api):
    """Each source has byte code that Python uses without checking the source or its time."""
    sources = [path for path in api.rglob("*.py") if path.parent.name != "__pycache__"]
    codes = [importlib.util.cache_from_source(str(path)) for path in sources]
    heads = {Path(code).read_bytes()[:8] for code in codes}

    assert len(sources) > 500
    # The magic number of this Python; then the flags: hash-based, unchecked.
    assert heads == {importlib.util.MAGIC_NUMBER + b"\x01\0\0\0"}


def test_tracebacks_name_lambdas_folder(api):
    """Byte code has the path of the file in Lambda, not that of the build."""
    code = importlib.util.cache_from_source(str(api / "api" / "app.py"))
    loaded = marshal.loads(Path(code).read_bytes()[16:])  # noqa: S302 -- made just now

    assert loaded.co_filename == "/var/task/api/app.py"


def test_the_same_bytes_every_time(api, tmp_path):
    """A second build elsewhere gives the same zip, so that deploying it changes nothing."""
    build("ApiFunction", HERE, tmp_path)
    write_zip(api, tmp_path / "a.zip")
    write_zip(tmp_path / "ApiFunction", tmp_path / "b.zip")
    digests = {hashlib.sha256((tmp_path / f).read_bytes()).digest() for f in ("a.zip", "b.zip")}

    assert len(digests) == 1


def test_another_processor(tmp_path):
    """The bundle for Lambda's ARM processors has ARM code and none for this processor."""
    build("ApiFunction", Platform("aarch64", "3.13", sys.executable), tmp_path)
    libraries = {path.name.split(".", 1)[1] for path in tmp_path.rglob("*.so")}

    assert libraries
    assert all(name.startswith("cpython-313-aarch64") for name in libraries), libraries


def test_without_an_interpreter_of_that_version(monkeypatch, tmp_path, capsys):
    """Nothing is built, because functions without byte code take twice as long to start."""
    monkeypatch.setenv("PATH", str(tmp_path))

    assert main(["--python", "3.9", "--output", str(tmp_path), "PublishRunFunction"]) == 1

    captured = capsys.readouterr()

    assert captured.err.startswith("No Python 3.9 on the path, which compiles the bundles")
    assert list(tmp_path.iterdir()) == []


def test_a_launcher_that_cannot_start_is_no_interpreter(monkeypatch, tmp_path):
    """A program of the right name on the path must report its version."""
    for name, text in (("python9.8", "exit 127"), ("python9.9", "echo 9.9")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(BundleError, match=r"No Python 9\.8"):
        find_interpreter("9.8")
    assert find_interpreter("9.9") == str(tmp_path / "python9.9")


def test_source_that_does_not_compile(tmp_path):
    """A source that this Python cannot compile stops the build."""
    (tmp_path / "good.py").write_text("x = 1\n")
    (tmp_path / "bad.py").write_text("x = = 1\n")

    with pytest.raises(BundleError, match=r"bad\.py"):
        compile_all(tmp_path, sys.executable)


def test_a_failed_build_leaves_the_bundle_before(tmp_path):
    """If there is no wheel for the target, the reason is printed and the old bundle stays."""
    kept = tmp_path / "ApiFunction" / "kept"
    kept.parent.mkdir()
    kept.touch()

    with pytest.raises(BundleError, match="uv pip install"):
        build("ApiFunction", Platform("x86_64", "3.4", sys.executable), tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["ApiFunction"]
    assert kept.exists()


def test_the_command_names_the_functions_it_knows():
    """An unknown function is refused with a list of the known ones."""
    command = [sys.executable, "-m", "scripts.bundle", "ApiFunktion"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "ApiFunktion" in done.stderr
    assert "LoadForecastsFunction" in done.stderr
