"""`stationcast cost`."""

import json

import pytest

from local.cost.accelerators import compare_accelerators
from local.cost.prices import read_prices
from local.errors import CostError
from tests import command_line


def run(*arguments):
    """Run the command; return its result."""
    return command_line.run("cost", *arguments)


def as_json(*arguments):
    """Run the command; return its JSON output."""
    return json.loads(run(*arguments, "--json").stdout)


def test_tables():
    """There are tables for lookups and context requests, with the break-even below."""
    result = run()

    assert result.exit_code == 0
    assert "3,000,000 lookups a month" in result.stdout
    assert "60,000 context requests a month" in result.stdout
    assert "a month: batch transform, table, API, below that: in a Lambda function" in result.stdout
    assert "Prices: today, us-east-1" in result.stdout


def test_lines():
    """Every line has its arithmetic."""
    result = run("--lines")

    assert "30 runs x 6 min = 3 instance" in result.stdout
    assert "table: forecasts and" in result.stdout


def test_without_context_requests():
    """Without context requests there is no table for them."""
    result = run("--contexts", 0, "--lookups", 0)

    assert "0 lookups a month" in result.stdout
    assert "context requests" not in result.stdout


def test_json():
    """One object has everything: ways, lines, sums, break-evens."""
    shown = as_json("--lookups", 1000, "--stations", 500, "--days", 31)
    lookups, contexts = shown["comparisons"]
    sums = [sum(line["usd"] for line in way["lines"]) for way in lookups["ways"]]

    assert shown["prices"]["name"] == "today"
    assert lookups["requests_a_month"] == 31_000
    assert sums == pytest.approx([way["usd"] for way in lookups["ways"]], abs=1e-5)
    assert contexts["about"] == "context requests"
    assert lookups["break_evens"][0]["above"] == "batch transform, table, API"


def test_training_and_feeds():
    """They have a table of their own, line by line, and only if they are on."""
    result = run("--lookups", 0, "--trainings", 1, "--feeds", 2)
    trained, fetched = as_json("--trainings", 1, "--feeds", 2)["additions"]

    assert "In addition, whatever the way" in result.stdout
    assert "training jobs" in result.stdout
    assert (trained["way"], fetched["way"]) == ("training", "feeds")
    assert 0 < trained["usd"] <= 5
    assert as_json()["additions"] == []
    assert "In addition" not in run().stdout


def test_additions_that_are_not_in_the_list():
    """Their sum is marked, and the missing prices are named below."""
    result = run("--prices", "book", "--trainings", 1)

    assert "their volumes, training jobs, training set: memory" in result.stdout


def test_prices_that_are_not_in_the_list():
    """A sum without some prices is marked, and the missing prices are named."""
    result = run("--prices", "book")

    assert "96.48+" in result.stdout
    assert "+ The list has no price for:" in result.stdout
    assert as_json("--prices", "book")["comparisons"][0]["cheapest"] is None


def test_what_is_not_possible():
    """The table says why instead of a price."""
    result = run("--context-ms", 31_000)

    assert "not possible: 31,000 ms" in result.stdout


def test_plots(tmp_path):
    """A PNG is written: one panel, or two."""
    for name, contexts in (("one.png", 0), ("two.png", 1000)):
        result = run("--contexts", contexts, "--plot", tmp_path / name)

        assert f"Wrote {tmp_path / name}" in result.stderr
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_dearer_functions(tmp_path):
    """With other prices the break-even is elsewhere, in the text and in the plot."""
    prices = {key: price.to_json() for key, price in read_prices("today").prices.items()}
    for key in ("lambda/duration", "serverless/2GB"):
        prices[key]["usd"] *= 20
    about = {"name": "dear", "region": "us-east-1", "read": "2026", "about": ""}
    path = tmp_path / "prices.json"
    path.write_text(json.dumps({**about, "prices": prices}))
    options = ("--prices", path, "--contexts", 0)
    result = run(*options, "--plot", tmp_path / "cost.png")
    (at,) = as_json(*options)["comparisons"][0]["break_evens"]

    assert result.exit_code == 0
    assert 1e4 < at["requests_a_month"] < 1e6
    assert (tmp_path / "cost.png").exists()


def test_an_invalid_workload(tmp_path):
    """The error is one line, with exit status 1."""
    path = tmp_path / "workload.toml"
    path.write_text("station = 1")
    result = run("--workload", path)

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert "unknown field 'station'" in result.stderr


def test_accelerators():
    """The cheapest inference is first; a million of 6 ms at 0.7364 an hour cost 1.23."""
    result = run("accelerators", "ml.c5.xlarge=40", "ml.g4dn.xlarge=6")
    shown = json.loads(run("accelerators", "ml.c5.xlarge=40", "ml.g4dn.xlarge=6", "--json").stdout)[
        "instances"
    ]

    assert result.exit_code == 0
    assert [one["name"] for one in shown] == ["ml.g4dn.xlarge", "ml.c5.xlarge"]
    assert shown[0]["usd_million"] == pytest.approx(0.7364 / 3600 * 0.006 * 1e6)
    assert shown[0]["usd_month"] == pytest.approx(0.7364 * 720)
    assert "1.23" in result.stdout


def test_accelerators_that_are_history():
    """At the book's prices Elastic Inference has a price, but is not available."""
    result = run(
        "accelerators", "--prices", "book", "ml.m5.xlarge+ml.eia2.medium=12", "ml.p2.xlarge=20"
    )

    assert "280.08" in result.stdout
    assert "ml.m5.xlarge+ml.eia2.medium is not available: withdrawn by AWS" in result.stdout
    assert "ml.p2.xlarge is not available: no longer offered" in result.stdout


def test_more_at_once():
    """If four requests run at once, each costs a quarter."""
    today = read_prices("today")
    one, four = (compare_accelerators({"ml.g5.xlarge": 8}, n, today, 720)[0] for n in (1, 4))

    assert four.usd_million == one.usd_million / 4


@pytest.mark.parametrize(
    ("latency", "reason"),
    [
        ("ml.g5.xlarge", "is not TYPE=MILLISECONDS"),
        ("ml.g5.xlarge=fast", "is not TYPE=MILLISECONDS"),
        ("ml.g5.xlarge=0", "is not TYPE=MILLISECONDS"),
        ("ml.g5.xlarge=inf", "is not TYPE=MILLISECONDS"),
        ("ml.g9.xlarge=1", "unknown instance type 'ml.g9.xlarge'; known types: "),
        (
            "ml.p2.xlarge=1",
            "has no price for an hour of ml.p2.xlarge (no longer offered in any region)",
        ),
    ],
)
def test_invalid_latencies(latency, reason):
    """The error has the reason."""
    result = run("accelerators", latency)

    assert result.exit_code != 0
    assert reason in result.stderr


def test_a_list_without_an_instance():
    """The error names the list, and has no history for a current type."""
    book = read_prices("book")

    with pytest.raises(CostError, match=r"'book' has no price for an hour of ml.g5.xlarge$"):
        compare_accelerators({"ml.g5.xlarge": 8}, 1, book, 720)
