"""The benchmark of loading: the items of the loop, and figures."""

import boto3
import orjson

from bench.load import LOOP, OURS, STATIONS, Load, Loads, figures_of, load_textbook
from tests.factories import A_RUN, quantiles_around

KEYS = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}


def test_the_loop_puts_an_item_for_each_station_and_parameter(dynamodb_url, table):
    """Two stations with two parameters are four items, with all their numbers."""
    values = {"temperature": quantiles_around(3.6), "pressure": quantiles_around(1016.2)}
    lines = [{"station_id": name, "model": "v1", "values": values} for name in ("JFK", "LGA")]
    output = b"\n".join(map(orjson.dumps, lines))
    where = {"endpoint_url": dynamodb_url, "region_name": "eu-central-1"}
    textbook = boto3.resource("dynamodb", **where, **KEYS).Table(table)

    assert load_textbook(textbook, A_RUN, output) == 4

    items = textbook.scan()["Items"]

    assert len(items) == 4
    assert {float(item["values"]["p50"][23]) for item in items} == {3.6, 1016.2}


def test_figures_compare_parts_that_both_loaded():
    """The first part does not count, nor do parts that only ours loaded."""
    ours = [Load(100, 9.0, 9.0), Load(100, 1.0, 0.5), Load(100, 2.0, 0.5), Load(100, 8.0, 0.5)]
    loop = [Load(100, 1.0, 1.0), Load(100, 10.0, 5.0), Load(100, 10.0, 5.0)]
    figures = {f.name: f for f in figures_of(Loads(ours, loop, 35_000.0), STATIONS)}

    assert figures[f"time for a forecast, {OURS} / {LOOP}"].value == 0.15
    assert figures[f"time for a forecast, {OURS} / {LOOP}"].met
    assert figures[f"{LOOP}: forecasts"].value == 10
    assert figures["write units of 11,000 stations"].met


def test_write_units_are_promised_for_a_whole_night():
    """The target is only for the full number of stations."""
    loads = Loads([Load(1, 1.0, 1.0)] * 2, [Load(1, 1.0, 1.0)] * 2, 10.0)
    (units,) = (f for f in figures_of(loads, 3000) if f.unit == "WU")

    assert units.met is None
