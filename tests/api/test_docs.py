"""The users' page tells the truth."""

import re
from pathlib import Path

import pytest

from api.errors import BY_NAME

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
ADDRESSES = sorted(
    set(re.findall(r"curl [^\n]*?http://127\.0\.0\.1:8000([^'\s`)]*+)(?! \\\n)", PAGE))
)
#: Address and body of what is sent; a body that is shortened is left out.
SENT = re.findall(r"curl http://127\.0\.0\.1:8000(\S+) \\\n  -d '([^…]*?)'\n", PAGE)


@pytest.mark.parametrize("address", ADDRESSES)
def test_examples_answer(client, address):
    """Every example answers, and the one with a slip of the fingers answers as it says."""
    expected = 404 if "/JKF/" in address else 200

    assert client.get(address).status_code == expected


@pytest.mark.parametrize(("address", "body"), SENT)
def test_what_examples_send_is_taken(client, address, body):
    """Every example that sends something is answered."""
    assert client.post(address, body.encode()).status_code == 200


def test_every_problem_is_explained():
    """The page names every kind of problem with its status."""
    rows = re.findall(r"^\| ([0-9, ]+) \| (.*?) \|", PAGE, re.MULTILINE)
    told = {(name, status) for status, names in rows for name in re.findall("[a-z-]+", names)}

    for kind in BY_NAME.values():
        assert any(str(kind.status) in status for name, status in told if name == kind.name)
