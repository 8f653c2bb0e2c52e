"""Cases are measured in turn, and compared round by round."""

from bench.harness.rounds import measure_in_turn, ratio


def test_cases_take_turns():
    """Every case is measured once in each round; the first round does not count."""
    calls = []

    def case(name):
        return lambda: calls.append(name) or len(calls)

    measured = measure_in_turn({"a": case("a"), "b": case("b")}, 2, str)

    assert calls == ["a", "b"] * 3
    assert measured == {"a": [3, 5], "b": [4, 6]}


def test_ratio():
    """It is the median of the ratios within a round."""
    assert ratio([1, 30, 3], [2, 3, 6], float) == 0.5
