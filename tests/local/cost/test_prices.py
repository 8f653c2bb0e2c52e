"""Lists of prices, from the package and from files."""

import json

import pytest

from local.cost.instances import INSTANCES
from local.cost.prices import BUNDLED, Price, read_prices
from local.errors import CostError


@pytest.mark.parametrize("name", sorted(BUNDLED))
def test_bundled_prices_have_sources(name):
    """Each price has a unit, a source and a date; instance types are known ones."""
    for key, price in read_prices(name).prices.items():
        kind, _, rest = key.partition("/")

        assert price.unit
        assert price.source
        assert price.read
        assert kind not in {"hosting", "transform"} or rest in INSTANCES


def test_usable_instances_have_prices():
    """Every instance type that can be used has a price in today's list."""
    prices = read_prices("today")
    hosted = [name for name, instance in INSTANCES.items() if instance.hosting]

    assert [name for name in hosted if not prices.get(f"hosting/{name}")] == []


def test_a_file_is_read_as_it_was_written(tmp_path):
    """A list is the same after writing and reading it."""
    prices = read_prices("today")
    prices.write(tmp_path / "prices.json")

    assert read_prices(str(tmp_path / "prices.json")) == prices


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "not a list of prices"),
        ("[]", "not a list of prices"),
        ('{"name": "x"}', "prices"),
        ('{"prices": {"a": {"usd": 1}}}', "price a: .*unit"),
        ('{"prices": {"a": {"usd": -1, "unit": "h", "read": "", "source": ""}}}', "price a: usd"),
        ('{"prices": {"a": {"usd": "1", "unit": "h", "read": "", "source": ""}}}', "price a: usd"),
        ('{"prices": {"a": {"usd": true, "unit": "h", "read": "", "source": ""}}}', "price a: usd"),
        ('{"prices": {}}', "region"),
    ],
)
def test_malformed_lists(tmp_path, content, reason):
    """The error names the file and the price."""
    path = tmp_path / "prices.json"
    path.write_text(content)

    with pytest.raises(CostError, match=f"prices.json.*{reason}"):
        read_prices(str(path))


def test_no_such_list():
    """A name that is neither bundled nor a file raises FileNotFoundError."""
    with pytest.raises(FileNotFoundError, match="yesterday"):
        read_prices("yesterday")


def test_infinite_prices():
    """Infinity, which Python's JSON accepts, is refused."""
    with pytest.raises(ValueError, match="from 0 up"):
        Price.from_json(json.loads('{"usd": Infinity, "unit": "h", "read": "", "source": ""}'))
