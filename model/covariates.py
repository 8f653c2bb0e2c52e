"""Covariates known ahead: what a weather model, or a calendar, says about the hours to forecast.

A model may be trained with hourly series of the 24 hours after the issue time, beside the history.
Its manifest names them, and transform lines may bring them. One that a line does not bring is NaN:
that costs skill, but not the forecast, because a model learns from windows without covariates, too.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def covariate_names(covariates: Sequence[str]) -> list[str]:
    """Return the names of the columns of `covariate_features`, in order."""
    return [f"{name}_{column}" for name in covariates for column in ("ahead", "ahead_mean")]


def covariate_features(ahead: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the columns of covariates for each lead time.

    Args:
        ahead: [S, C, 24]; NaN for an unknown value.

    Returns:
        float32 [S, 24, 2 C]: each covariate's value at the valid time, and the mean of its values
        from the first hour until then; NaN if there is none.
    """
    series, covariates, hours = ahead.shape
    if not covariates:  # most models; a single request would feel the rest
        return np.empty((series, hours, 0), np.float32)
    known = ~np.isnan(ahead)
    total = np.cumsum(np.where(known, ahead, 0), axis=-1, dtype=np.float64)
    count = np.cumsum(known, axis=-1)
    mean = np.divide(total, count, out=np.full(ahead.shape, np.nan), where=count > 0)
    columns = np.stack([ahead, mean], axis=2)
    by_hour = columns.reshape(series, 2 * covariates, hours).transpose(0, 2, 1)
    return by_hour.astype(np.float32)
