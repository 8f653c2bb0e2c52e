"""The script that fetches what AWS runs our code in: as a whole or not at all, and clearly so."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "runtimes.py"
NAMES = ["lambda-runtime", "model-container"]

#: What stands in the place of uv: one that brings what the wheel holds, and one that is offline.
GOOD_UV = """#!/bin/sh
for word; do case $word in --target=*) folder=${word#--target=};; esac; done
mkdir -p "$folder/samcli/local/rapid" && cd "$folder/samcli/local/rapid"
touch aws-lambda-rie-x86_64 aws-lambda-rie-arm64
"""
OFFLINE_UV = "#!/bin/sh\necho 'error: no such package is to be had' >&2\nexit 2\n"


@pytest.fixture
def project(tmp_path):
    """A folder with the script and nothing else of the project."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts")
    (tmp_path / "bin").mkdir()
    return tmp_path


def run(project, uv=None, **environment):
    """Run the script with *uv* in the place of uv."""
    if uv:
        (project / "bin" / "uv").write_text(uv)
        (project / "bin" / "uv").chmod(0o755)
    return subprocess.run(
        [sys.executable, project / "scripts" / SCRIPT.name],
        env={"PATH": f"{project / 'bin'}:/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_they_are_put_where_the_tests_look(project):
    """The emulator can be executed, the modules stand in their folders, and nothing else does."""
    done = run(project, GOOD_UV)
    tools = project / ".tools"

    assert (done.returncode, done.stderr) == (0, "")
    assert (tools / "lambda-runtime" / "aws-lambda-rie").stat().st_mode & 0o777 == 0o755
    assert all((tools / name / "python").is_dir() for name in NAMES)
    assert sorted(path.name for path in tools.iterdir()) == NAMES


def test_what_is_there_is_not_fetched_again(project):
    """A second call needs nothing."""
    run(project, GOOD_UV)

    assert run(project, OFFLINE_UV).returncode == 0


@pytest.mark.parametrize(("ci", "status", "end"), [("", 0, "skipped"), ("true", 1, "under CI")])
def test_offline(project, ci, status, end):
    """A line for each says why; tests go on without them, except under CI."""
    done = run(project, OFFLINE_UV, CI=ci)
    lines = done.stderr.splitlines()

    assert done.returncode == status
    assert len(lines) == 2
    assert all(end in line and "no such package is to be had" in line for line in lines)
    assert not any((project / ".tools").iterdir())


def test_without_uv(project):
    """The program that is missing is named."""
    done = run(project)

    assert done.returncode == 0
    assert "uv" in done.stderr
