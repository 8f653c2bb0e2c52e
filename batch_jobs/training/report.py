"""The report of a training: what was found about its candidates, as Markdown and JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from batch_jobs.training.registry import Candidate, Training
from forecasts.parameter import parameter

_HEADINGS = ("parameter", "hours", "pinball loss", "in use", "gain", "skill", "reference", "within")


def report_files(training: Training) -> dict[str, bytes]:
    """Return the files of a report by name: report.json and report.md."""
    found = [each.judgement for each in training.candidates.values() if each.judgement]
    return {
        "report.json": json.dumps(found, indent=1).encode() + b"\n",
        "report.md": "\n".join(_page(training)).encode() + b"\n",
    }


def _page(training: Training) -> Iterator[str]:
    yield f"# Training of {training.name}"
    for each in training.candidates.values():
        yield ""
        if each.judgement:
            yield from _section(each, each.judgement)
        else:
            yield from (f"## {each.name}: not trained", "", each.failure)


def _section(candidate: Candidate, judgement: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"## {candidate.name}: {'accepted' if candidate.accepted else 'refused'}", "")
    in_use = judgement["in_use"]
    against = f"compared with {in_use}" if in_use else "there is no model in use"
    yield f"Forecasts from {judgement['since'] or 'no hour'} on; {against}."
    yield from (f"- {reason}" for reason in candidate.reasons)
    yield from (f"- left out: {reason}" for reason in candidate.left_out)
    for scope, comparisons in judgement["comparisons"].items():
        yield from ("", f"### {scope.capitalize()}", "", _row(_HEADINGS))
        yield _row(["---", *["---:"] * (len(_HEADINGS) - 1)])
        yield from (_row(_cells(code, of)) for code, of in comparisons.items())


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(code: str, of: Mapping[str, Any]) -> list[str]:
    in_use = "-" if of["in_use"] is None else f"{of['in_use']:.4g}"
    gain = "-" if of["gain"] is None else f"{of['gain']:+.1%}"
    loss = f"{of['pinball']:.4g} {parameter(code).unit}"
    numbers = [f"{of['hours']:,}", loss, in_use, gain, f"{of['skill']:+.1%}"]
    return [code, *numbers, of["reference"], f"{of['coverage']:.1%}"]
