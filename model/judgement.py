"""Judgement: whether a candidate may take the place of the model in use.

Candidate and model in use forecast the same hours, which neither of them has learned from: the
held-back time of the archive, and there once more the stations that were held out of training. They
are compared by pinball loss, which judges median and interval in one number. So that a candidate is
not let in only because the model in use has become bad, its error is also held against the best
reference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from model.archive import Archive
from model.errors import TrainingError
from model.evaluation import Evaluated, evaluate, evaluate_possible
from model.features import HISTORY_HOURS, LEAD_HOURS
from model.prediction import Model

#: What candidates are judged on; a judgement has comparisons of each.
HELD_BACK, HELD_OUT = "held-back time", "held-out stations"
#: By how much a parameter may be worse, as a share of the other's loss or error. What two trainings
#: on the same observations differ by is some tenths of a per cent.
TOLERANCE = 0.02
#: At stations that were held out, which are few.
TOLERANCE_HELD_OUT = 0.05


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
    def gain(self) -> float | None:
        """Mean gain of the parameters in the held-back time; mean skill without a model in use.

        None if it could not be judged.
        """
        of = self.comparisons.get(HELD_BACK, {}).values()
        gains = [each.skill if self.in_use is None else each.gain for each in of]
        known = [gain for gain in gains if gain is not None]
        return sum(known) / len(known) if known else None

    def to_json(self) -> dict[str, Any]:
        """Show it as one JSON object."""
        return {
            "candidate": self.candidate,
            "in_use": self.in_use,
            "since": self.since,
            "accepted": self.accepted,
            "gain": self.gain,
            "reasons": list(self.reasons),
            "comparisons": {
                scope: {code: asdict(each) | {"gain": each.gain} for code, each in of.items()}
                for scope, of in self.comparisons.items()
            },
        }


class _Scope(NamedTuple):
    """What candidates are judged on.

    Attributes:
        name: `HELD_BACK` or `HELD_OUT`.
        archive: The observations of its stations.
        tolerance: By how much a candidate may be worse.
    """

    name: str
    archive: Archive
    tolerance: float


class Judge:
    """Judges candidates against the model in use, which is evaluated once for all of them.

    Args:
        in_use: The model that one of them would replace; None before the first one.
        learned: Observations of the stations that candidates learn from, of the parameters and
            covariates of all models.
        out: The same of the stations that are held out; there may be none.
    """

    def __init__(self, in_use: Model | None, learned: Archive, out: Archive) -> None:
        self._in_use = in_use
        self._scopes = [_Scope(HELD_BACK, learned, TOLERANCE)]
        if out.stations:
            self._scopes.append(_Scope(HELD_OUT, out, TOLERANCE_HELD_OUT))
        self._theirs = cache(self._scores_in_use)

    def judge(self, candidate: Model, scores: Mapping[str, Evaluated]) -> Judgement:
        """Judge a candidate.

        Args:
            candidate: A model that was trained on *learned*.
            scores: Its scores on all of the time that it has not learned from.
        """
        start = self._start(candidate)
        own = start == _first_unseen(candidate, self._scopes[0].archive)
        comparisons: dict[str, dict[str, Comparison]] = {}
        reasons = _lost(candidate, self._in_use)
        for at, scope in enumerate(self._scopes):
            try:
                theirs = self._theirs(at, start)
                known = own and scope.name == HELD_BACK
                ours = scores if known else _scores(candidate, scope, start)
            except TrainingError as error:
                reasons.append(f"{scope.name}: it cannot be judged: {error}")
                continue
            found = {code: _compared(ours[code], theirs.get(code)) for code in ours}
            comparisons[scope.name] = found
            reasons += [
                f"{scope.name}: {reason}"
                for code, each in found.items()
                for reason in _worse(code, each, self._in_use, scope.tolerance)
            ]
        since = self._scopes[0].archive.time(start) if comparisons else ""
        name = self._in_use.name if self._in_use else None
        judgement = Judgement(candidate.name, name, since, comparisons, reasons)
        if name and judgement.gain is not None and judgement.gain <= 0:
            reasons.append(
                "not better overall: as the mean of all parameters, the pinball loss differs by "
                f"{0 - judgement.gain:+.1%} from that of {name}"
            )
        return judgement

    def _start(self, candidate: Model) -> int:
        """Return the first position that neither model has learned from the 24 hours after."""
        archive = self._scopes[0].archive
        models = [candidate, self._in_use] if self._in_use else [candidate]
        return max(_first_unseen(model, archive) for model in models)

    def _scores_in_use(self, scope: int, start: int) -> Mapping[str, Evaluated]:
        return _scores(self._in_use, self._scopes[scope], start) if self._in_use else {}


def _first_unseen(model: Model, archive: Archive) -> int:
    """Return the first position that a model can be judged from."""
    end = datetime.fromisoformat(model.training["held_back_from"])
    return max(HISTORY_HOURS, int(end.timestamp() // 3600) - archive.first_hour)


def _lost(candidate: Model, in_use: Model | None) -> list[str]:
    lost = set(in_use.parameters) - set(candidate.parameters) if in_use else set()
    return [f"it does not forecast {code}, as the model in use does" for code in sorted(lost)]


def _scores(model: Model, scope: _Scope, start: int) -> dict[str, Evaluated]:
    """Evaluate a model.

    Held-out stations are few, and a parameter that is rare may not be measured at any of them.

    Raises:
        TrainingError: There are no hours to compare, or no observations of a parameter.
    """
    archive = scope.archive
    if start >= archive.hours - LEAD_HOURS:
        raise TrainingError("there is no hour yet that no model has learned from")
    codes = (*model.parameters, *model.covariates)
    if absent := [code for code in codes if code not in archive.parameters]:
        raise TrainingError(f"no observations of {', '.join(absent)}, which {model.name} needs")
    score = evaluate if scope.name == HELD_BACK else evaluate_possible
    return score(model, archive.select(codes).knowing(model.covariates), start)


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
