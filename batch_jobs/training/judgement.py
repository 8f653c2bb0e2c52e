"""Judgement: whether a candidate may take the place of the model in use.

All candidates and the model in use forecast the same hours, which none of them has learned from:
the held-back time of the archive, and there once more the stations that were held out of training.
They are compared by pinball loss, which judges median and interval in one number. So that a
candidate is not let in only because the model in use has become bad, its error is also held against
the best reference.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from batch_jobs.training.groups import share_of
from batch_jobs.training.registry import HELD_BACK, HELD_OUT
from forecasts.times import from_text
from model.archive import Archive
from model.errors import TrainingError
from model.evaluation import Evaluated, evaluate
from model.features import HISTORY_HOURS, LEAD_HOURS
from model.prediction import Model

#: By how much a parameter may be worse, as a share of the other's loss or error. What two trainings
#: on the same observations differ by is some tenths of a per cent.
TOLERANCE = 0.02
#: At stations that were held out, which are few.
TOLERANCE_HELD_OUT = 0.05
#: The share of stations that is held out of training, and the fewest stations that can spare it.
_HELD_OUT, _ENOUGH_STATIONS = 20, 100


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a candidate forecasts a parameter.

    Attributes:
        hours: The hours that were compared.
        pinball: Its pinball loss, in the parameter's unit.
        in_use: That of the model in use; None if it does not forecast the parameter.
        mae: Its mean absolute error, in the same unit.
        reference: Name of the best reference.
        skill: 1 - MAE / that of the reference.
        coverage: Share of observations within its interval.
    """

    hours: int
    pinball: float
    in_use: float | None
    mae: float
    reference: str
    skill: float
    coverage: float

    @property
    def gain(self) -> float | None:
        """1 - loss / loss of the model in use; None without one."""
        return 1 - self.pinball / self.in_use if self.in_use else None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found about a candidate.

    Attributes:
        candidate: Its name.
        in_use: Name of the model in use; None before the first one.
        since: The first hour that was forecast from, RFC 3339 UTC; "" if there was no such hour.
        comparisons: By what it was judged on (`HELD_BACK`, `HELD_OUT`), and parameter code.
        reasons: Why it is refused; empty if it is accepted.
    """

    candidate: str
    in_use: str | None
    since: str
    comparisons: Mapping[str, Mapping[str, Comparison]]
    reasons: Sequence[str]

    @property
    def accepted(self) -> bool:
        """Whether the candidate may be released."""
        return not self.reasons

    @property
    def gain(self) -> float:
        """Mean gain of the parameters in the held-back time; mean skill without a model in use."""
        of = self.comparisons.get(HELD_BACK, {}).values()
        gains = [each.skill if self.in_use is None else each.gain for each in of]
        known = [gain for gain in gains if gain is not None]
        return sum(known) / len(known) if known else -np.inf

    def to_json(self) -> dict[str, Any]:
        """Show it as one JSON object."""
        return {
            "candidate": self.candidate,
            "in_use": self.in_use,
            "since": self.since,
            "accepted": self.accepted,
            "reasons": list(self.reasons),
            "comparisons": {
                scope: {code: asdict(each) | {"gain": each.gain} for code, each in of.items()}
                for scope, of in self.comparisons.items()
            },
        }


def held_out(station_ids: Sequence[str]) -> NDArray[np.bool_]:
    """Tell which stations no candidate learns from: every twentieth, always the same ones.

    None of fewer than a hundred, as five would say little and would be missed.
    """
    if len(station_ids) < _ENOUGH_STATIONS:
        return np.zeros(len(station_ids), np.bool_)
    return np.array([share_of(station_id, _HELD_OUT) == 0 for station_id in station_ids])


class _Scope(NamedTuple):
    """What candidates are judged on.

    Attributes:
        name: `HELD_BACK` or `HELD_OUT`.
        archive: The observations of its stations.
        tolerance: By how much a candidate may be worse.
        in_use: Returns the scores of the model in use, which are made once for all candidates.
    """

    name: str
    archive: Archive
    tolerance: float
    in_use: Callable[[], Mapping[str, Evaluated]]


def judge(
    candidates: Sequence[Model], in_use: Model | None, archive: Archive, out: NDArray[np.bool_]
) -> list[Judgement]:
    """Judge candidates; all of them forecast the same hours.

    Args:
        candidates: Models that were trained on *archive*, without the stations *out*.
        in_use: The model that one of them would replace.
        archive: Observations, of the parameters and covariates of all models.
        out: [station], as `held_out` says.
    """
    start = _start([*candidates, in_use] if in_use else candidates, archive)
    scopes = []
    for name, chosen, tolerance in (
        (HELD_BACK, ~out, TOLERANCE),
        (HELD_OUT, out, TOLERANCE_HELD_OUT),
    ):
        if chosen.any():
            part = archive.take(np.flatnonzero(chosen))
            theirs = cache(partial(_scores, in_use, part, start))
            scopes.append(_Scope(name, part, tolerance, theirs))
    return [_judged(candidate, in_use, scopes, start) for candidate in candidates]


def _judged(
    candidate: Model, in_use: Model | None, scopes: Sequence[_Scope], start: int
) -> Judgement:
    comparisons: dict[str, dict[str, Comparison]] = {}
    reasons = _lost(candidate, in_use)
    for scope in scopes:
        try:
            theirs = scope.in_use()
            ours = _scores(candidate, scope.archive, start)
        except TrainingError as error:
            reasons.append(f"{scope.name}: it cannot be judged: {error}")
            continue
        found = {code: _compared(ours[code], theirs.get(code)) for code in ours}
        comparisons[scope.name] = found
        reasons += [
            f"{scope.name}: {reason}"
            for code, each in found.items()
            for reason in _worse(code, each, in_use, scope.tolerance)
        ]
    since = scopes[0].archive.time(start) if comparisons else ""
    name = in_use.name if in_use else None
    judgement = Judgement(candidate.name, name, since, comparisons, reasons)
    if in_use and comparisons.get(HELD_BACK) and judgement.gain <= 0:
        reasons.append(
            "not better overall: as the mean of all parameters, the pinball loss differs by "
            f"{0 - judgement.gain:+.1%} from that of {in_use.name}"
        )
    return judgement


def _start(models: Sequence[Model], archive: Archive) -> int:
    """Return the first position that no model has learned from the 24 hours after."""
    ends = [from_text(model.training["held_back_from"]) for model in models]
    hours = [int(end.timestamp() // 3600) - archive.first_hour for end in ends]
    return max(HISTORY_HOURS, *hours)


def _lost(candidate: Model, in_use: Model | None) -> list[str]:
    lost = set(in_use.parameters) - set(candidate.parameters) if in_use else set()
    return [f"it does not forecast {code}, as the model in use does" for code in sorted(lost)]


def _scores(model: Model | None, archive: Archive, start: int) -> dict[str, Evaluated]:
    """Evaluate a model, if there is one.

    Raises:
        TrainingError: There are no hours to compare, or no observations of a parameter.
    """
    if model is None:
        return {}
    if start >= archive.hours - LEAD_HOURS:
        raise TrainingError("there is no hour yet that no model has learned from")
    codes = (*model.parameters, *model.covariates)
    if absent := [code for code in codes if code not in archive.parameters]:
        raise TrainingError(f"no observations of {', '.join(absent)}, which {model.name} needs")
    return evaluate(model, archive.select(codes).knowing(model.covariates), start)


def _compared(ours: Evaluated, theirs: Evaluated | None) -> Comparison:
    means = ours.means()
    return Comparison(
        hours=ours.hours,
        pinball=means["pinball"],
        in_use=theirs.overall("pinball") if theirs else None,
        mae=means["mae"],
        reference=ours.reference,
        skill=ours.skill,
        coverage=means["coverage"],
    )


def _worse(code: str, each: Comparison, in_use: Model | None, tolerance: float) -> list[str]:
    reasons = []
    if in_use and each.gain is not None and each.gain < -tolerance:
        reasons.append(
            f"the pinball loss of {code} is {-each.gain:.1%} larger than that of {in_use.name}; "
            f"{tolerance:.0%} are allowed"
        )
    # As bad as a reference, but better than what is in use, is still a gain.
    if each.skill < -tolerance and not (each.gain and each.gain > 0):
        reasons.append(
            f"the error of {code} is {-each.skill:.1%} larger than that of the best reference "
            f"({each.reference}); {tolerance:.0%} are allowed"
        )
    return reasons
