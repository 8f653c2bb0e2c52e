"""The page of all benchmarks, `docs/benchmarks.md`, made of their results and nothing else."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bench.harness.figures import digits
from bench.harness.plots import PLOTS
from bench.harness.results import Result


class Section(NamedTuple):
    """A part of the page.

    Attributes:
        title: The heading.
        text: An introduction to the tables.
        benches: The benchmarks in the order in which they run and are shown, each with what it
            measures.
    """

    title: str
    text: str
    benches: dict[str, str]


SECTIONS = (
    Section(
        "The lookup",
        "One station's stored answer (7 parameters x 24 hours x 3 quantiles) from the table to the "
        "client. The table is in DynamoDB Local, except for `lookup`, which uses SQLite.",
        {
            "hot_path": "A lookup in Lambda: processor time through the handler, compared with "
            "boto3's bare `get_item` of the same item and with a function written as tutorials "
            "show it (FastAPI, Mangum, a boto3 resource and Powertools: "
            "`bench/peers/textbook.py`), called *textbook* here.",
            "servers": "A lookup under a server with one worker, asked by wrk over 16 connections, "
            "compared with Feast's feature server (7 numbers a station; ours answers 504) and with "
            "the same stored answers through Powertools' HTTP resolver. Requests go through all "
            "stations; those marked *again* are for 200 stations that ours has in memory. Feast "
            "0.66 introduced precomputed vectors, but Feast refuses them on DynamoDB (tried with "
            "0.67), so it reads its features one by one.",
            "lookup": "A lookup under uvicorn from SQLite, compared with a FastAPI route that "
            "sends a constant; and `/healthz` while a read of DynamoDB takes two seconds.",
            "cold_start": "The start of the API's function in Lambda's own runtime, compared with "
            "the textbook's as `sam build` leaves it, and precompiled.",
        },
    ),
    Section(
        "The search",
        "`GET /v1/stations?q=` over 11,000 airports and the index of places.",
        {
            "search": "Processor time of the API for one search: codes, towns, words, beginnings, "
            "typing errors and nonsense; and what the first search costs in addition."
        },
    ),
    Section(
        "OGC API EDR",
        "Beside the plain lookup, in the same process.",
        {
            "edr": "A station's location compared with its lookup, lookups compared with those of "
            "an application without EDR, and the list of 11,000 stations: processor time, and "
            "memory."
        },
    ),
    Section(
        "The night",
        "11,000 stations x 7 parameters x 24 hours x 3 quantiles. Places are real airports; every "
        "observed value is synthetic.",
        {
            "textbook_night": "A night into DynamoDB Local, compared with one written as tutorials "
            "show it (pandas, `DMatrix`, `Decimal` items through `batch_writer`) and with Feast's "
            "`materialize`.",
            "nightly": "Nights into SQLite, each a process of its own from start to end.",
            "downloads": "Nights with the file of the whole run and without it, in turn.",
            "growth": "Nights of up to ten times as many stations into DynamoDB Local.",
            "hourly_files": "A night's reading from a prefix with a year of hourly files of two "
            "sources, compared with that of the same values from eight daily files.",
            "load": "LoadForecasts into DynamoDB Local, compared with boto3's `batch_writer`.",
        },
    ),
    Section(
        "The import",
        "A wide CSV file becomes observations.",
        {
            "import_csv": "A million rows of six parameters, imported into an empty folder, "
            "compared with polars and pandas that only read the same file and make rows of its "
            "columns: no checks, no units, no time zone, nothing written."
        },
    ),
    Section(
        "Training",
        "Observations become what models learn from, and that becomes a model.",
        {
            "training_sets": "An archive of 300 locations and a year, a file for each location and "
            "day, on this machine and on Spark (`local[2]`, Java included), and half of the "
            "locations; and a month of as many stations as a task may have.",
            "training": "A year of seven parameters at 11,000 made-up stations, in Parquet files "
            "of a day each: the set, and then a model of all parameters, by the entry point of "
            "training jobs.",
        },
    ),
    Section(
        "Live",
        "The weather of one place, from nothing to a forecast.",
        {
            "live": "Starts of `stationcast live --near` for five airports, from a stand-in of "
            "the service that answers at once with 400 days of made-up weather."
        },
    ),
    Section(
        "The model",
        "What compiling the trees gains.",
        {
            "model": "One request's prediction, and a batch, compared with "
            "`Booster.inplace_predict` and ONNX Runtime."
        },
    ),
    Section(
        "Real time",
        "A station's forecast from a fresh reading: nothing of it is computed beforehand.",
        {
            "real_time": "The artifact in AWS's serving stack (gunicorn with sagemaker-containers, "
            "on Python 3.11 with an alias of `collections.Mapping`) and in the Lambda function, "
            "compared with MLServer with the same boosters. The hanging endpoint and the weights "
            "are those of the stand-in, which shows behaviour, not speed.",
            "lambda_model": "Cold starts of the Lambda function.",
        },
    ),
    Section(
        "Cost",
        "Dollars a month, from AWS's prices ([cost.md](cost.md) has the arithmetic). Context "
        "requests are those that only a model can answer.",
        {"cost": "Ways of hosting, for 100,000 lookups and 2,000 context requests a day."},
    ),
    Section(
        "Scaling",
        "The simulator of `stationcast scaling`.",
        {"scaling": "Compared with the real stand-in of an endpoint."},
    ),
    Section(
        "The website",
        "In headless Chromium without a GPU.",
        {"website": "Frames of a map of 11,000 stations, compared with an empty Leaflet map."},
    ),
)

#: All benchmarks, in the order in which they run.
BENCHES = tuple(bench for section in SECTIONS for bench in section.benches)

#: The most figures that a table shows without folding.
_MANY = 14

#: Pictures that benchmarks and commands make themselves.
_OWN_PICTURES = (
    ("real_time", "real-time.png", "Answers over time while the endpoint hangs"),
    ("cost", "cost.png", "Cost against requests, with the break-evens"),
)

_OPENING = """\
# Benchmarks

`make bench` writes this page; do not edit it. Each benchmark is a command,
`uv run python -m bench.<name>`. `make bench` runs all of them, keeps their results in
`docs/benchmarks/` and makes this page of them.
What is compared is measured in turns in one run, and every peer has an environment of its own.
Values are medians of rounds unless their name says otherwise; CPU is processor time. Ratios matter
most, because they hold on other machines. A target is an upper limit.
"""


def page(results: Mapping[str, Result], pictures: Collection[str]) -> str:
    """Write the page.

    Args:
        results: The results by benchmark; those that are absent are left out.
        pictures: Names of the files in `images/`; no other pictures are shown.
    """
    parts = [_OPENING, *_summary(results)]
    for section in SECTIONS:
        there = [name for name in section.benches if name in results]
        if there:
            parts.append(f"## {section.title}\n\n{section.text}\n")
        for name in there:
            parts += _bench(results[name], section.benches[name], pictures)
    return "\n".join(parts)


def _summary(results: Mapping[str, Result]) -> Iterator[str]:
    shown = [results[name] for name in BENCHES if name in results]
    met, targets = (
        sum(counts) for counts in zip((0, 0), *(r.targets() for r in shown), strict=True)
    )
    failed = [result.bench for result in shown if result.error]
    minutes = sum(result.seconds for result in shown) / 60
    yield f"{met} of {targets} targets are met. All benchmarks took {minutes:.0f} minutes.\n"
    if failed:
        yield f"**Failed, and without figures:** {', '.join(failed)}.\n"
    missed = [(r.bench, f) for r in shown for f in r.figures if f["met"] is False]
    if missed:
        yield "Missed:\n"
        yield "| benchmark | figure | value | target |\n|---|---|---:|---:|"
        for bench, each in missed:
            yield f"| {bench} | {_cell(each['name'])} | {_value(each)} | {_target(each)} |"
        yield ""


def _bench(result: Result, about: str, pictures: Collection[str]) -> Iterator[str]:
    yield f"### {result.bench}\n\n{about}\n"
    if result.report is None:
        yield f"**Failed** ({result.started}): {_cell(result.error or '')}\n"
        return
    for file, shown in _pictures(result.bench):
        if file in pictures:
            yield f"![{shown}](images/{file})\n"
    yield from _tables(result.figures)
    yield f"\n{_circumstances(result, result.report)}\n"


def _tables(figures: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Show all figures; if there are many, fold those without a target that compare nothing."""
    shown = [each for each in figures if each["target"] is not None or each["unit"] == "x"]
    if not shown or len(figures) <= _MANY:
        yield from _table(figures)
        return
    yield from _table(shown)
    others = [each for each in figures if each not in shown]
    yield f"\n<details>\n<summary>{len(others)} more figures</summary>\n"
    yield from _table(others)
    yield "\n</details>"


def _table(figures: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "| figure | value | target | |\n|---|---:|---:|---|"
    for each in figures:
        met = {True: "met", False: "**missed**"}.get(each["met"], "")
        yield f"| {_cell(each['name'])} | {_value(each)} | {_target(each)} | {met} |"


def _pictures(bench: str) -> Iterator[tuple[str, str]]:
    """Yield the pictures of a benchmark, each with what it shows."""
    yield from (
        (f"{name}.png", plot.about) for name, plot in PLOTS.items() if plot.section == bench
    )
    yield from ((file, about) for owner, file, about in _OWN_PICTURES if owner == bench)


def _circumstances(result: Result, report: Mapping[str, Any]) -> str:
    machine = report["machine"]
    where = f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB"
    versions = ", ".join(f"{name} {value}" for name, value in report["versions"].items())
    when = f"{result.started}, {result.seconds:.0f} s, load {machine['load_before']} before"
    return f"`{result.command}`, {when}. {where}, Python {machine['python']}. {_cell(versions)}."


def _value(figure: Mapping[str, Any]) -> str:
    return f"{digits(figure['value'])} {figure['unit']}".rstrip()


def _target(figure: Mapping[str, Any]) -> str:
    if figure["target"] is None:
        return ""
    return f"{digits(figure['target'])} {figure['unit']}".rstrip()


def _cell(text: str) -> str:
    """Escape a text for a cell of a table."""
    return " ".join(text.replace("|", "\\|").split())
