"""The script that fetches DynamoDB Local: complete or not at all, and clear when it cannot."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[4] / "scripts" / "dynamodb_local.py"

#: What stands in the place of npm: one that packs a package of one file, and one that is offline.
GOOD_NPM = """#!/bin/sh
for folder; do :; done
mkdir -p "$folder/package/emulator" && echo jar > "$folder/package/emulator/DynamoDBLocal.jar"
tar -czf "$folder/amplify.tgz" -C "$folder" package && rm -r "$folder/package"
"""
OFFLINE_NPM = "#!/bin/sh\necho 'npm error code ENOTFOUND' >&2\nexit 1\n"


@pytest.fixture
def project(tmp_path):
    """A folder with the script and nothing else of the project, and no programs on its path."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts")
    (tmp_path / "bin").mkdir()
    return tmp_path


def install(project, name, text="#!/bin/sh\n"):
    """Put a program onto the path of the project."""
    program = project / "bin" / name
    program.write_text(text)
    program.chmod(0o755)


def run(project, path="", **environment):
    """Run the script; return how it ended."""
    return subprocess.run(
        [sys.executable, project / "scripts" / SCRIPT.name],
        env={"PATH": f"{project / 'bin'}:{path}", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_installed(project):
    """Without java and npm one line says what to install, and `make test` goes on."""
    done = run(project)

    assert done.returncode == 0
    assert done.stderr.count("\n") == 1
    assert "tests are skipped. To have it: install java and npm" in done.stderr


def test_nothing_installed_under_ci(project):
    """Under CI nothing may be skipped."""
    install(project, "npm")

    done = run(project, CI="true")

    assert done.returncode == 1
    assert "needed under CI. To have it: install java (" in done.stderr


def test_offline(project):
    """When npm fails its last words are passed on, and nothing is left behind."""
    install(project, "java")
    install(project, "npm", OFFLINE_NPM)

    done = run(project)

    assert done.returncode == 0
    assert done.stderr.endswith("npm error code ENOTFOUND\n")
    assert list((project / ".tools").iterdir()) == []


def test_fetched(project):
    """What npm brings is put in its place, with nothing else, and fetched only once."""
    install(project, "java")
    install(project, "npm", GOOD_NPM)

    done = run(project, path="/usr/bin:/bin")

    assert (done.returncode, done.stderr) == (0, "")
    assert [entry.name for entry in (project / ".tools").iterdir()] == ["dynamodb-local"]
    install(project, "npm", OFFLINE_NPM)
    assert run(project).stderr == ""
