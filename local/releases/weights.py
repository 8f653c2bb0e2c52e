"""Weights: the share of an endpoint's requests that each production variant gets.

The commands take shares in percent. SageMaker keeps weights, and a variant's share is its weight
divided by the sum of all weights. The commands set weights that add up to 100.
"""

from collections.abc import Mapping, Sequence

from local.errors import WeightsError

ALL = 100.0
#: SageMaker keeps a weight as a 32-bit float: about seven digits.
_DECIMALS = 4


def read_percentages(texts: Sequence[str]) -> dict[str, float]:
    """Read `depth10=20`, each a variant and its share in percent; a comma may join several.

    Raises:
        WeightsError: One is malformed, not 0 to 100, or given twice.

    >>> read_percentages(["depth5=80,depth10=20"])
    {'depth5': 80.0, 'depth10': 20.0}
    """
    shares: dict[str, float] = {}
    for text in ",".join(texts).split(","):
        name, _, share = text.strip().partition("=")
        if not name or name in shares:
            raise WeightsError(f"{text!r}: write each variant once, e.g. depth10=20")
        shares[name] = _percentage(text, share)
    return shares


def _percentage(text: str, share: str) -> float:
    try:
        percentage = float(share.removesuffix("%"))
    except ValueError as error:
        raise WeightsError(f"{text!r} is not a share; write depth10=20 for 20 %") from error
    if not 0 <= percentage <= ALL:
        raise WeightsError(f"{text!r}: a share is 0 to 100 percent")
    return percentage


def shares_of(weights: Mapping[str, float]) -> dict[str, float]:
    """Show weights as percentages of their sum.

    >>> shares_of({"depth5": 3, "depth10": 1})
    {'depth5': 75.0, 'depth10': 25.0}
    """
    total = sum(weights.values())
    return {name: ALL * weight / total if total else 0.0 for name, weight in weights.items()}


def shifted(weights: Mapping[str, float], asked: Mapping[str, float]) -> dict[str, float]:
    """Give some variants new shares; the others divide the rest in their old proportions.

    Args:
        weights: Current weights by name of the variant.
        asked: New percentages by name of the variant.

    Returns:
        The new weights of all variants, which add up to 100.

    Raises:
        WeightsError: A variant is unknown, or the shares do not add up to 100.

    >>> shifted({"a": 60, "b": 20, "c": 20}, {"c": 60.0})
    {'a': 30.0, 'b': 10.0, 'c': 60.0}
    """
    check_known(weights, asked)
    rest = ALL - sum(asked.values())
    others = {name: weight for name, weight in weights.items() if name not in asked}
    if rest < 0 or (rest > 0 and not sum(others.values())):
        raise WeightsError(_adds_up(asked, others))
    rest_shares = shares_of(others)
    return {
        name: round(asked[name] if name in asked else rest_shares[name] * rest / ALL, _DECIMALS)
        for name in weights
    }


def promoted(weights: Mapping[str, float], name: str) -> dict[str, float]:
    """Give all requests to one variant.

    Raises:
        WeightsError: The variant is unknown.
    """
    return shifted(weights, {name: ALL})


def check_known(weights: Mapping[str, float], names: Mapping[str, float]) -> None:
    """Check that an endpoint has all variants in *names*.

    Raises:
        WeightsError: A variant is unknown.
    """
    for name in names:
        if name not in weights:
            known = ", ".join(weights)
            raise WeightsError(f"no production variant {name!r}; the endpoint has {known}")


def _adds_up(asked: Mapping[str, float], others: Mapping[str, float]) -> str:
    total = f"the shares add up to {sum(asked.values()):g} %"
    if others and sum(asked.values()) < ALL:
        idle = ", ".join(others)
        reason = f"{idle} have no requests, so the rest cannot be divided among them"
        return f"{total}, and {reason}: name them too"
    return f"{total}, not 100 %"
