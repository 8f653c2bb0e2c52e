"""The user guide is true."""

import re
from pathlib import Path

import pytest

from api.problem_types import BY_NAME

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
ADDRESSES = sorted(
    set(re.findall(r"curl [^\n]*?http://127\.0\.0\.1:8000([^'\s`)]*+)(?! \\\n)", PAGE))
)
#: Path and body of each request; a shortened body is left out.
SENT = re.findall(r"curl http://127\.0\.0\.1:8000(\S+) \\\n  -d '([^…]*?)'\n", PAGE)


@pytest.mark.parametrize("address", ADDRESSES)
def test_examples_work(client, address):
    """Every example works, and the one with a typing error in the id is not found."""
    expected = 404 if "/JKF/" in address else 200

    assert client.get(address).status_code == expected


@pytest.mark.parametrize(("address", "body"), SENT)
def test_examples_with_a_body_are_accepted(client, address, body):
    """Every example with a body is accepted."""
    assert client.post(address, body.encode()).status_code == 200


def test_every_problem_is_explained():
    """The guide names every kind of problem with its status."""
    rows = re.findall(r"^\| ([0-9, ]+) \| (.*?) \|", PAGE, re.MULTILINE)
    told = {(name, status) for status, names in rows for name in re.findall("[a-z-]+", names)}

    for kind in BY_NAME.values():
        assert any(str(kind.status) in status for name, status in told if name == kind.name)
