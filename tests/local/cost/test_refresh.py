"""Prices from the Price List API, over HTTP from a server in its shape."""

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from batch_jobs.progress import quiet
from local.commands.main import main
from local.cost.prices import Price, Prices, Query, read_prices
from local.cost.refresh import pricing_client, refresh
from local.errors import CostError
from tests.local.cost.price_list import a_product, price_list

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)


def a_price(usd, usagetype=None, service="AmazonSageMaker"):
    """Return a price with a query."""
    query = Query(service, usagetype) if usagetype else None
    return Price(usd=usd, unit="hour", read="2021", source="a book", query=query)


def a_list(**prices):
    """Return a list of prices of us-east-1."""
    return Prices(name="mine", region="us-east-1", read="2021", about="", prices=prices)


@pytest.fixture
def ask(monkeypatch):
    """A function that refreshes a list from a server with products."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")

    def asked(prices, *products, region="us-east-1", error=None):
        with price_list(*products, error=error) as url:
            monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", url)
            return refresh(prices, region, pricing_client(), NOW, quiet)

    return asked


def test_a_price_is_read(ask):
    """The price has the new value, the day, and the product as its source."""
    product = a_product("USE1-Host:ml.m5.large", 0.12)
    prices = a_list(instance=a_price(0.115, "Host:ml.m5.large"))
    refreshed = ask(prices, product, a_product("USE1-Host:ml.m5.xlarge", 0.23))
    price = refreshed.prices.get("instance")

    assert refreshed.read == ("instance",)
    assert not refreshed.kept
    assert (price.usd, price.read) == (0.12, "2026-11-22")
    assert price.source == (
        f"AWS Price List API, USE1-Host:ml.m5.large, SKU {product['product']['sku']}"
    )
    assert refreshed.prices.read == "2026-11-22"


def test_all_pages_are_read(ask):
    """A product on the last page is found."""
    others = [a_product(f"USE1-Host:ml.m5.large-{n}", 1.0) for n in range(4)]
    refreshed = ask(
        a_list(instance=a_price(0.115, "Host:ml.m5.large")),
        *others,
        a_product("USE1-Host:ml.m5.large", 0.12),
    )

    assert refreshed.prices.get("instance").usd == 0.12


def test_names_without_a_region(ask):
    """In us-east-1 usage types may have no prefix; another word before it is another product."""
    prices = a_list(storage=a_price(0.25, "TimedStorage-ByteHrs", "AmazonDynamoDB"))
    made = [
        a_product(name, usd, service="AmazonDynamoDB")
        for name, usd in (("TimedStorage-ByteHrs", 0.3), ("IA-TimedStorage-ByteHrs", 0.1))
    ]

    assert ask(prices, *made).prices.get("storage").usd == 0.3


def test_the_first_step_that_costs_anything(ask):
    """A free allowance at the beginning is not the price, nor is a later discount."""
    prices = a_list(storage=a_price(0.25, "Storage"))

    assert ask(prices, a_product("Storage", 0.0, 0.26, 0.2)).prices.get("storage").usd == 0.26


def test_another_region(ask):
    """Prices are those of the region; a price that could not be read has a note of its region."""
    products = [
        a_product("EUC1-Host:ml.m5.large", 0.138, region="eu-central-1"),
        a_product("USE1-Host:ml.m5.large", 0.115),
    ]
    prices = a_list(instance=a_price(0.115, "Host:ml.m5.large"), other=a_price(1.0))
    refreshed = ask(prices, *products, region="eu-central-1")

    assert refreshed.prices.region == "eu-central-1"
    assert refreshed.prices.get("instance").usd == 0.138
    assert refreshed.prices.get("other").note.startswith("Of us-east-1.")


@pytest.mark.parametrize(
    ("products", "reason"),
    [
        ([], "searched for Host:ml.m5.large, found nothing"),
        (
            [("USE1-Host:ml.m5.large", 0.1), ("USE2-Host:ml.m5.large", 0.1)],
            "found USE1-Host:ml.m5.large, USE2-Host:ml.m5.large",
        ),
        ([("USE1-Host:ml.m5.large",)], "has no price in dollars"),
        ([("USE1-Host:ml.m5.large", 0.0)], "has no price in dollars"),
        ([("USE1-Host:ml.m5.large", 115.0)], "is 115 and was 0.115; check it"),
    ],
)
def test_prices_that_are_kept(ask, products, reason):
    """The old price is kept with the reason, and the others are read."""
    prices = a_list(instance=a_price(0.115, "Host:ml.m5.large"), data=a_price(0.016, "Data"))
    made = [a_product(name, *usd) for name, *usd in products]
    refreshed = ask(prices, *made, a_product("Data", 0.02))

    assert refreshed.prices.get("instance") == prices.get("instance")
    assert reason in refreshed.kept["instance"]
    assert refreshed.read == ("data",)


def test_a_price_without_a_query(ask):
    """A price without a query is kept."""
    refreshed = ask(a_list(data=a_price(0.016)))

    assert refreshed.kept == {"data": "the list has no query for it"}


def test_an_api_that_refuses(ask):
    """Without permission nothing changes, and the error has AWS's reason."""
    with pytest.raises(CostError, match="AccessDeniedException"):
        ask(a_list(data=a_price(0.016, "Data")), error="AccessDeniedException")


def test_a_malformed_address(monkeypatch):
    """A malformed URL in the environment is an error in one line."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", "nowhere")

    with pytest.raises(CostError, match="nowhere"):
        pricing_client()


def test_the_command(monkeypatch, tmp_path):
    """It writes a list for `stationcast cost`, and names prices that it could not read."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    output = tmp_path / "prices.json"
    with price_list(a_product("USE1-Host:ml.m5.large", 0.2)) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", url)
        result = CliRunner().invoke(main, ["cost", "refresh", "--output", str(output)])
    kept = len(read_prices("today").prices) - 1

    assert result.exit_code == 0
    assert f"1 prices read, {kept} kept" in result.stdout
    assert "kept table/writes: searched for WriteRequestUnits, found nothing" in result.stderr
    assert read_prices(str(output)).get("hosting/ml.m5.large").usd == 0.2

    result = CliRunner().invoke(main, ["cost", "--prices", str(output)])

    assert "144.00" not in result.stderr
    assert "720 instance" in result.stdout
