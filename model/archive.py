"""The archive that a model is trained on and judged by, and how its hours are split.

The last part of the time axis is held back for `model.evaluation`. The time before it is cut into
blocks of ten days: four of five are learned from, and every fifth stops the boosting and calibrates
the interval, so that both see every season in the archive. Rows are never split at random:
neighbouring hours are nearly the same, so a model would be judged on hours it has seen.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from model.circle import CIRCULAR, straight_histories
from model.errors import TrainingError
from model.features import HISTORY_HOURS, LEAD_HOURS, Batch, Floats

#: Share of the time axis that is held back.
HELD_BACK_SHARE = 0.2
#: Before that, blocks of this many hours; every fifth is for validation.
BLOCK = 240
_EVERY = 5
#: The fewest hours that have a block for validation before the held-back time.
MIN_HOURS = int(_EVERY * BLOCK / (1 - HELD_BACK_SHARE))


@dataclass(frozen=True, slots=True)
class Archive:
    """Hourly observations of S stations over T hours.

    Attributes:
        stations: Ids of the stations.
        parameters: Parameter codes, in the order of axis 1.
        decimals: Of each parameter: the decimals that histories and forecasts are rounded to.
        values: float32 [S, parameter, T], hours oldest first, not rounded; NaN for a missing value.
        latitude: [S], degrees north.
        longitude: [S], degrees east.
        elevation: [S], metres; NaN if unknown.
        first_hour: The hour of the first value, in hours since 1970 UTC.
        covariates: Names of the series that are taken as known ahead; see `knowing`.
        ahead: float32 [S, covariate, T]; NaN for a missing value.
    """

    stations: tuple[str, ...]
    parameters: tuple[str, ...]
    decimals: tuple[int, ...]
    values: Floats
    latitude: Floats
    longitude: Floats
    elevation: Floats
    first_hour: int
    covariates: tuple[str, ...]
    ahead: Floats

    @property
    def hours(self) -> int:
        """Length of the time axis."""
        return int(self.values.shape[-1])

    def select(self, parameters: tuple[str, ...]) -> "Archive":
        """Return the archive of some parameters, in that order."""
        if parameters == self.parameters:
            return self  # a copy could take more memory than there is
        index = self._positions(parameters)
        decimals = tuple(self.decimals[i] for i in index)
        return replace(self, parameters=parameters, decimals=decimals, values=self.values[:, index])

    def knowing(self, covariates: tuple[str, ...]) -> "Archive":
        """Return the archive with some parameters as covariates that are known ahead.

        What was observed stands in for what a weather model would have said. A model that is judged
        so shows the most that such a forecast could bring, as no weather model is always right.

        Args:
            covariates: Codes of parameters of the archive; they are no longer forecast.

        Raises:
            TrainingError: One is a direction or not a parameter of the archive, or nothing is left
                to forecast.
        """
        if circular := sorted(CIRCULAR.intersection(covariates)):
            named = ", ".join(circular)
            raise TrainingError(f"{named}: a direction cannot be taken as known ahead")
        if absent := [code for code in covariates if code not in self.parameters]:
            raise TrainingError(f"no observations of {', '.join(absent)} to take as known ahead")
        rest = tuple(code for code in self.parameters if code not in covariates)
        if not rest:
            raise TrainingError(
                "every parameter is taken as known ahead: nothing is left to forecast"
            )
        ahead = self.values[:, self._positions(covariates)]
        return replace(self.select(rest), covariates=covariates, ahead=ahead)

    def _positions(self, parameters: tuple[str, ...]) -> list[int]:
        return [self.parameters.index(code) for code in parameters]

    def take(self, stations: NDArray[np.intp]) -> "Archive":
        """Return the archive of some stations, given by their positions.

        Values of neighbours are not copied.
        """
        chosen = _slice(stations) or stations
        return replace(
            self,
            stations=tuple(self.stations[position] for position in stations.tolist()),
            values=self.values[chosen],
            latitude=self.latitude[chosen],
            longitude=self.longitude[chosen],
            elevation=self.elevation[chosen],
            ahead=self.ahead[chosen],
        )

    def batch(self, stations: NDArray[np.intp], hours: NDArray[np.intp]) -> Batch:
        """Cut the histories that end at *hours* (positions on the time axis) of *stations*.

        They are rounded, as those of transform lines are. Directions are straight.
        """
        windows = sliding_window_view(self.values, HISTORY_HOURS, axis=-1)
        history = np.ascontiguousarray(windows[stations, :, hours - HISTORY_HOURS + 1])
        for index, decimals in enumerate(self.decimals):
            history[:, index] = np.round(history[:, index], decimals)
        return Batch(
            straight_histories(history, self.parameters),
            self.latitude[stations],
            self.longitude[stations],
            self.elevation[stations],
            self.first_hour + hours.astype(np.int64),
            _after(self.ahead, stations, hours),
        )

    def after(self, index: int, stations: NDArray[np.intp], hours: NDArray[np.intp]) -> Floats:
        """Return the values of parameter *index* in the 24 hours after *hours*: [N, 24].

        They are not rounded: what is measured is not as coarse as what is forecast.
        """
        return _after(self.values[:, index, None], stations, hours)[:, 0]

    def time(self, hour: int) -> str:
        """Return a position on the time axis as RFC 3339 UTC."""
        time = datetime.fromtimestamp((self.first_hour + hour) * 3600, UTC)
        return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _slice(positions: NDArray[np.intp]) -> slice | None:
    """Return ascending positions without a gap as a slice; None for others."""
    if len(positions) and (np.diff(positions) == 1).all():
        return slice(int(positions[0]), int(positions[-1]) + 1)
    return None


def _after(values: Floats, stations: NDArray[np.intp], hours: NDArray[np.intp]) -> Floats:
    """Return the values [S, any, T] of the 24 hours after *hours*: [N, any, 24]."""
    steps = np.arange(1, LEAD_HOURS + 1)
    after: Floats = values[stations[:, None], :, hours[:, None] + steps]
    return after.transpose(0, 2, 1)


@dataclass(frozen=True, slots=True)
class TimeSplit:
    """The issue times, as positions on the time axis, for learning and for validation.

    A forecast begins and ends within one block, so no hour is both learned from and validated on.

    Attributes:
        learn: Issue times to learn from.
        validate: Issue times for early stopping and calibration.
        held_back: Position where the held-back time begins.
    """

    learn: NDArray[np.intp]
    validate: NDArray[np.intp]
    held_back: int

    @property
    def known(self) -> NDArray[np.intp]:
        """Positions of all issue times before the held-back time, in order."""
        return np.union1d(self.learn, self.validate)

    @classmethod
    def of(cls, archive: Archive) -> "TimeSplit":
        """Split the time axis of an archive.

        Raises:
            TrainingError: It is too short.
        """
        held_back = int(archive.hours * (1 - HELD_BACK_SHARE))
        hours = np.arange(HISTORY_HOURS, held_back - LEAD_HOURS)
        hours = hours[hours % BLOCK < BLOCK - LEAD_HOURS]
        validate = hours // BLOCK % _EVERY == _EVERY - 1
        if not validate.any():
            raise TrainingError(
                f"{archive.hours} hours of observations are too few to train on; "
                f"give at least {MIN_HOURS}"
            )
        return cls(hours[~validate], hours[validate], held_back)
