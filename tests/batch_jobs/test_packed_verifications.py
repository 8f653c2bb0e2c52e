"""Many stations packed at once give the same bytes as each packed alone."""

from datetime import timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from batch_jobs.packed_verifications import packed_records
from batch_jobs.verify_run import GROUPS
from forecasts import verification
from forecasts.verification import VerifiedRun, framed, pack
from model.scoring import SUMS
from tests.factories import ISSUE_TIME, a_run, a_station

CODES = ("pm25", "temperature", "precipitation")
COUNTS = [SUMS.index(name) for name in ("hours", "below", "above", "zeros", "chance_hours", "wet")]
AS_OF = ISSUE_TIME + timedelta(days=1)


def some_sums(seed):
    """Return sums of four stations: some of nothing, some small, some very large."""
    random = np.random.default_rng(seed)
    sums = random.exponential(10.0 ** random.integers(-2, 5), (4, len(CODES), GROUPS, len(SUMS)))
    sums[..., SUMS.index("bias")] *= random.choice([-1, 1], sums.shape[:-1])
    sums[..., COUNTS] = random.integers(0, 7, (*sums.shape[:-1], len(COUNTS)))
    sums[random.random((4, len(CODES))) < 0.3] = 0
    return sums


@given(st.integers(0, 10_000))
def test_the_same_as_one_by_one(seed):
    """Stations and parameters without hours are left out; all others are byte for byte the same."""
    sums = some_sums(seed)
    stations = tuple(a_station(id=str(number)) for number in range(4))
    run = a_run(parameters=CODES)
    records = packed_records(run, stations, sums, AS_OF)
    columns = [SUMS.index(name) for name in verification.SUMS]

    for row, station in enumerate(stations):
        measured = {
            code: tuple(map(tuple, sums[row, index][:, columns].tolist()))
            for index, code in enumerate(CODES)
            if sums[row, index, :, 0].any()
        }
        if measured:
            alone = pack([VerifiedRun(run.id, AS_OF, measured)])
            assert framed([records[station.id]]) == alone
        else:
            assert station.id not in records
