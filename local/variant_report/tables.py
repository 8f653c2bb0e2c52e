"""The comparison of variants as tables."""

from collections.abc import Iterator

from rich.table import Table

from forecasts.parameter import parameter
from local.variant_report.intervals import Estimate
from local.variant_report.report import LEVELS, ParameterReport, Report, verdict

_WORDS = {
    "better": "better",
    "worse": "worse",
    "noise": "no more than noise",
    "too few": "too few to tell",
}
_MEASURES = {
    "degraded": ("degraded answers, %", 100),
    "errors": ("errors of the endpoint, %", 100),
    **{name: (f"endpoint time {name}, ms", 1) for name in LEVELS},
}


def report_tables(report: Report) -> Iterator[Table]:
    """Yield the tables of answers, accuracy and differences, if there are any."""
    yield _answers_table(report)
    if report.parameters:
        yield _accuracy_table(report)
    if report.differences:
        yield _differences_table(report)


def _answers_table(report: Report) -> Table:
    table = Table(title="Answers (with 95 % intervals)", padding=0)
    table.add_column("")
    for name in report.variants:
        table.add_column(name, justify="right")
    variants = report.variants.values()
    table.add_row("model", *(", ".join(variant.models) or "-" for variant in variants))
    table.add_row("answers", *(str(variant.answers) for variant in variants))
    for measure, (title, scale) in _MEASURES.items():
        found = [variant.measures().get(measure) for variant in variants]
        table.add_row(title, *(_text(estimate, scale) if estimate else "-" for estimate in found))
    return table


def _accuracy_table(report: Report) -> Table:
    table = Table(title="Accuracy", padding=0)
    for heading in ("parameter", "variant"):
        table.add_column(heading, no_wrap=True)
    for heading in ("hours", "MAE", "in p10 to p90, %"):
        table.add_column(heading, justify="right")
    for found in report.parameters:
        for name, accuracy in found.variants.items():
            cells = (_text(accuracy.mae, 1), _text(accuracy.coverage, 100))
            table.add_row(_named(found), name, str(accuracy.hours), *cells)
    return table


def _differences_table(report: Report) -> Table:
    table = Table(title=f"Compared with {report.baseline}", padding=0)
    table.add_column("variant", no_wrap=True)
    table.add_column("measure")
    table.add_column("difference", justify="right")
    table.add_column("is")
    for name, measures in report.differences.items():
        for measure, found in measures.items():
            title, scale = _MEASURES[measure]
            table.add_row(name, title, _text(found.estimate, scale, "+"), _WORDS[found.verdict])
    for parameter_report in report.parameters:
        for name, compared in parameter_report.differences.items():
            hours = "same hours" if compared.paired else "different hours"
            title = f"MAE of {_named(parameter_report)}, {hours}"
            word = _WORDS[verdict(compared.mae)]
            table.add_row(name, title, _text(compared.mae, 1, "+"), word)
    return table


def _named(found: ParameterReport) -> str:
    return f"{found.code}, {parameter(found.code).unit}"


def _text(estimate: Estimate, scale: float, sign: str = "") -> str:
    value = f"{estimate.value * scale:{sign}.3g}"
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value} ({estimate.low * scale:{sign}.3g} to {estimate.high * scale:{sign}.3g})"
