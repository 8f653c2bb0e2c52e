"""Recalibration: the factors of intervals, made anew each night from what came true."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from batch_jobs.histories import Steps
from forecasts.calibration import FACTORS, GROUPS, LOWEST, SIDES, Calibration


@dataclass(frozen=True)
class Factors:
    """Factors of the intervals of stations; see `forecasts.calibration`.

    Attributes:
        rows: The row of each station id.
        parameters: Codes of the parameters.
        steps: [row, parameter, side, group].
    """

    rows: Mapping[str, int]
    parameters: tuple[str, ...]
    steps: Steps

    def of(self, station_id: str) -> Calibration:
        """Return the factors of a station; parameters whose factors are all 1 are left out."""
        row = self.rows.get(station_id)
        if row is None:
            return {}
        of_station = self.steps[row]
        moved = of_station.any(axis=(1, 2)).nonzero()[0]
        return {
            self.parameters[index]: dict(
                zip(SIDES, _FACTORS[of_station[index] - LOWEST].tolist(), strict=True)
            )
            for index in moved
        }


_FACTORS = np.array(FACTORS)
NO_FACTORS = Factors({}, (), np.zeros((0, 0, len(SIDES), GROUPS), np.int8))
