"""What an import leaves out is counted, and the first few are named."""

from batch_jobs.feeds.plain_csv.left_out import MOST_EXAMPLES, LeftOut


def test_many():
    """All are counted, some are kept."""
    left_out = LeftOut()
    left_out.add("bad_line", range(9), "line {}".format)

    assert left_out.counts == {"bad_line": 9}
    assert left_out.examples == {"bad_line": [f"line {n}" for n in range(MOST_EXAMPLES)]}
