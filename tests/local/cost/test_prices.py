"""Lists of prices: those that come with the package, and files of one's own."""

import json

import pytest

from local.cost.instances import INSTANCES
from local.cost.prices import BUNDLED, Price, read_prices
from local.errors import CostError


@pytest.mark.parametrize("name", sorted(BUNDLED))
def test_bundled_prices_say_where_they_are_from(name):
    """Each has a unit, a source and when it was read; instances are known ones."""
    for key, price in read_prices(name).prices.items():
        kind, _, rest = key.partition("/")

        assert price.unit
        assert price.source
        assert price.read
        assert kind not in {"hosting", "transform"} or rest in INSTANCES


def test_instances_have_prices_where_they_can_be_used():
    """What endpoints and transform jobs can run on has a price today."""
    prices = read_prices("today")
    hosted = [name for name, instance in INSTANCES.items() if instance.hosting]

    assert [name for name in hosted if not prices.get(f"hosting/{name}")] == []


def test_a_file_is_read_as_it_was_written(tmp_path):
    """A list written to a file is the same list."""
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
def test_what_is_no_list(tmp_path, content, reason):
    """A file that holds something else is refused; the file and the price are named."""
    path = tmp_path / "prices.json"
    path.write_text(content)

    with pytest.raises(CostError, match=f"prices.json.*{reason}"):
        read_prices(str(path))


def test_no_such_list():
    """A name that is neither bundled nor a file is a missing file."""
    with pytest.raises(FileNotFoundError, match="yesterday"):
        read_prices("yesterday")


def test_infinite_prices():
    """JSON can say Infinity, and it is no price."""
    with pytest.raises(ValueError, match="from 0 up"):
        Price.from_json(json.loads('{"usd": Infinity, "unit": "h", "read": "", "source": ""}'))
