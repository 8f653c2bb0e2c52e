"""Compares production variants by volume, latency, failure rate and accuracy.

Smaller is better in every comparison: shares of degraded answers and of errors, milliseconds,
forecast errors. The baseline is the variant with the most answers.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from batch_jobs.observations.read import Observations
from forecasts.parameter import parameter
from forecasts.times import utc_text
from local.variant_report.accuracy import (
    Accuracy,
    ErrorDifference,
    Judgements,
    accuracy_of,
    compare,
    judge,
)
from local.variant_report.answer_log import Answer, AnswerLog
from local.variant_report.intervals import Estimate, difference, quantile, share

#: The name under which answers without a variant are counted.
NO_VARIANT = "none"
LEVELS = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True)
class VariantReport:
    """The answers of one variant.

    Attributes:
        models: Names of its models.
        answers: The number of answers.
        degraded: Share of degraded answers.
        called: The number of calls of the endpoint.
        errors: Share of failed calls; None without calls.
        reasons: The number of degraded answers for each reason.
        milliseconds: Times of the endpoint by `LEVELS`; empty without calls.
    """

    models: tuple[str, ...]
    answers: int
    degraded: Estimate
    called: int
    errors: Estimate | None
    reasons: Mapping[str, int]
    milliseconds: Mapping[str, Estimate]

    def measures(self) -> dict[str, Estimate]:
        """Return the measures to compare, by name."""
        errors = {"errors": self.errors} if self.errors else {}
        return {"degraded": self.degraded, **errors, **self.milliseconds}


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference between a variant and the baseline; below 0 is better.

    Attributes:
        estimate: The difference.
        verdict: `better`, `worse`, `noise`, or `too few` answers to tell.
    """

    estimate: Estimate
    verdict: str


@dataclass(frozen=True, slots=True)
class ParameterReport:
    """The accuracy of the variants for one parameter.

    Attributes:
        code: The code of the parameter.
        variants: The accuracy of each variant.
        differences: The difference of each variant other than the baseline.
    """

    code: str
    variants: Mapping[str, Accuracy]
    differences: Mapping[str, ErrorDifference]

    def to_json(self) -> dict[str, Any]:
        """Show it as a JSON object."""
        return {
            "unit": parameter(self.code).unit,
            "variants": {name: asdict(found) for name, found in self.variants.items()},
            "differences": {
                name: asdict(found) | {"verdict": verdict(found.mae)}
                for name, found in self.differences.items()
            },
        }


@dataclass(frozen=True, slots=True)
class Report:
    """A comparison of variants.

    Attributes:
        log: The log with the answers.
        baseline: The variant that the others are compared with; None if no variant has answered.
        variants: Reports by variant, most answers first.
        differences: Differences by variant other than the baseline, then by measure.
        parameters: Accuracy in catalogue order; empty without observations.
    """

    log: AnswerLog
    baseline: str | None
    variants: Mapping[str, VariantReport]
    differences: Mapping[str, Mapping[str, Difference]]
    parameters: tuple[ParameterReport, ...]

    def to_json(self) -> dict[str, Any]:
        """Show the report as one JSON object."""
        times = [answer.time for answer in self.log.answers]
        return {
            "lines": self.log.lines,
            "other_lines": self.log.others,
            "broken_lines": {"count": self.log.broken, "examples": self.log.examples},
            "from": utc_text(min(times)) if times else None,
            "to": utc_text(max(times)) if times else None,
            "baseline": self.baseline,
            "variants": {name: asdict(variant) for name, variant in self.variants.items()},
            "differences": {
                name: {measure: asdict(found) for measure, found in measures.items()}
                for name, measures in self.differences.items()
            },
            "parameters": {found.code: found.to_json() for found in self.parameters},
        }


def verdict(estimate: Estimate) -> str:
    """Return the verdict of a difference.

    >>> verdict(Estimate(-0.2, -0.3, -0.1)), verdict(Estimate(0.1, -0.1, 0.3))
    ('better', 'noise')
    """
    if estimate.low is None or estimate.high is None:
        return "too few"
    if estimate.low <= 0 <= estimate.high:
        return "noise"
    return "better" if estimate.value < 0 else "worse"


def make_report(log: AnswerLog, observed: Observations | None) -> Report:
    """Compare the variants of a log.

    Args:
        log: The log with the answers.
        observed: Observations of the forecast hours; None for a report without accuracy.
    """
    counted = Counter(answer.variant for answer in log.answers)
    names = [name for name, _ in counted.most_common()]
    variants = {
        name: _variant([answer for answer in log.answers if answer.variant == name])
        for name in names
    }
    baseline = next((name for name in names if name != NO_VARIANT), None)
    if baseline is None:
        return Report(log, None, variants, {}, ())
    judged = judge(log.answers, observed) if observed else {}
    parameters = tuple(_parameter(code, found, baseline) for code, found in judged.items())
    return Report(log, baseline, variants, _differences(variants, baseline), parameters)


def _variant(answers: Sequence[Answer]) -> VariantReport:
    taken = [answer.milliseconds for answer in answers if answer.milliseconds is not None]
    times = np.array(taken, np.float64)
    reasons = Counter(answer.reason for answer in answers if answer.reason)
    failed = sum(answer.failed for answer in answers)
    return VariantReport(
        models=tuple(sorted({answer.model for answer in answers if answer.model})),
        answers=len(answers),
        degraded=share(sum(answer.degraded for answer in answers), len(answers)),
        called=len(taken),
        errors=share(failed, len(taken)) if taken else None,
        reasons=dict(reasons.most_common()),
        milliseconds={n: quantile(times, level) for n, level in LEVELS.items() if taken},
    )


def _differences(
    variants: Mapping[str, VariantReport], baseline: str
) -> dict[str, dict[str, Difference]]:
    others = [name for name in variants if name not in (baseline, NO_VARIANT)]
    return {name: _compared(variants[name], variants[baseline]) for name in others}


def _compared(ours: VariantReport, theirs: VariantReport) -> dict[str, Difference]:
    mine, other = ours.measures(), theirs.measures()
    estimates = {name: difference(mine[name], other[name]) for name in mine if name in other}
    return {name: Difference(found, verdict(found)) for name, found in estimates.items()}


def _parameter(code: str, judged: Judgements, baseline: str) -> ParameterReport:
    theirs = judged.get(baseline)
    others = [name for name in judged if theirs and name != baseline]
    return ParameterReport(
        code=code,
        variants={name: accuracy_of(hours) for name, hours in judged.items()},
        differences={name: compare(judged[name], theirs or {}) for name in others},
    )
