"""Judgement: whether a candidate may take the place of the model in use.

Both forecast the same hours, which neither has learned from: the held-back time of the candidate's
archive, and there once more the stations that were held out of its training. They are compared by
pinball loss, which judges median and interval in one number. So that a candidate is not let in only
because the model in use has become bad, its error is also held against the best reference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
        in_use: Name of the model in use; None if there is none.
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
    numbers = (blake2b(station_id.encode(), digest_size=8).digest() for station_id in station_ids)
    return np.array([int.from_bytes(number) % _HELD_OUT == 0 for number in numbers])


def judge(
    candidate: Model, in_use: Model | None, archive: Archive, out: NDArray[np.bool_]
) -> Judgement:
    """Judge a candidate.

    Args:
        candidate: A model that was trained on *archive*, without the stations *out*.
        in_use: The model that it would replace.
        archive: Observations, of the parameters and covariates of both models.
        out: [station], as `held_out` says.
    """
    start = _start(candidate, in_use, archive)
    comparisons: dict[str, dict[str, Comparison]] = {}
    reasons = _lost(candidate, in_use)
    scopes = {HELD_BACK: (~out, TOLERANCE), HELD_OUT: (out, TOLERANCE_HELD_OUT)}
    for scope, (chosen, tolerance) in scopes.items():
        if not chosen.any():
            continue
        stations = archive.take(np.flatnonzero(chosen))
        try:
            ours = _scores(candidate, stations, start)
            theirs = _scores(in_use, stations, start) if in_use else {}
        except TrainingError as error:
            reasons.append(f"{scope}: it cannot be judged: {error}")
            continue
        comparisons[scope] = {code: _compared(ours[code], theirs.get(code)) for code in ours}
        reasons += [
            f"{scope}: {reason}"
            for code, each in comparisons[scope].items()
            for reason in _worse(code, each, in_use, tolerance)
        ]
    since = archive.time(start) if comparisons else ""
    judgement = Judgement(
        candidate.name, in_use.name if in_use else None, since, comparisons, reasons
    )
    if in_use and comparisons.get(HELD_BACK) and judgement.gain <= 0:
        reasons.append(
            f"not better overall: the pinball loss is {-judgement.gain:.1%} larger than that of "
            f"{in_use.name}, as the mean of all parameters"
        )
    return judgement


def _start(candidate: Model, in_use: Model | None, archive: Archive) -> int:
    """Return the first position that no model has learned from the 24 hours after."""
    ends = [candidate.training["held_back_from"]]
    if in_use:
        ends.append(in_use.training["held_back_from"])
    hours = [int(from_text(end).timestamp() // 3600) - archive.first_hour for end in ends]
    return max(HISTORY_HOURS, *hours)


def _lost(candidate: Model, in_use: Model | None) -> list[str]:
    lost = set(in_use.parameters) - set(candidate.parameters) if in_use else set()
    return [f"it does not forecast {code}, as the model in use does" for code in sorted(lost)]


def _scores(model: Model, archive: Archive, start: int) -> dict[str, Evaluated]:
    """Evaluate a model.

    Raises:
        TrainingError: There are no hours to compare, or no observations of a parameter.
    """
    if start >= archive.hours - LEAD_HOURS:
        raise TrainingError("there is no hour yet that neither model has learned from")
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
