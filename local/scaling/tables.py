"""A simulated day as a table and as JSON."""

from typing import Any, NamedTuple

import numpy as np
from rich.table import Table

from local.errors import ScalingError
from local.scaling.policy import Scaling
from local.scaling.simulation import Day, percentile_ms
from local.scaling.traffic import time_text

LEVELS = (50, 90, 99)
_HOURS = 24
_SECONDS = 3600
_MINUTES = 60


class Hour(NamedTuple):
    """An hour of a day, or all of it.

    Attributes:
        time: When it begins.
        requests: Requests that arrived.
        serving: Instances that take requests, on average.
        paid: Instances that are paid for, on average.
        levels: Latencies in ms by percentile; NaN without requests.
        rejected: Rejected requests.
        late: Requests that took longer than the caller waits, including rejected ones.
        usd: Cost of the instances.
    """

    time: str
    requests: int
    serving: float
    paid: float
    levels: tuple[float, ...]
    rejected: int
    late: int
    usd: float

    def to_json(self) -> dict[str, Any]:
        """Show it as a JSON object; the percentile of rejected requests is null."""
        levels = {
            f"p{level}_ms": _number(ms) for level, ms in zip(LEVELS, self.levels, strict=True)
        }
        return {
            "time": self.time,
            "requests": self.requests,
            "serving": round(self.serving, 4),
            "paid": round(self.paid, 4),
            **levels,
            "rejected": self.rejected,
            "late": self.late,
            "usd": round(self.usd, 6),
        }


def hours_of(day: Day, patience: float) -> list[Hour]:
    """Summarise the hours of a day, and the whole day at the end.

    Args:
        day: The simulated day.
        patience: Seconds that a caller waits for an answer.
    """
    edges = np.searchsorted(day.demand.arrivals, np.arange(_HOURS + 1) * _SECONDS)
    hours = [
        _hour(day, patience, time_text(hour * _MINUTES), (hour, hour + 1), edges[hour : hour + 2])
        for hour in range(_HOURS)
    ]
    return [*hours, _hour(day, patience, "day", (0, _HOURS), edges[[0, -1]])]


def _hour(day: Day, patience: float, name: str, hours: tuple[int, int], edges: Any) -> Hour:
    times = day.latencies[edges[0] : edges[1]]
    start, end = (hour * _SECONDS for hour in hours)
    serving, paid = (day.mean(what, start, end) for what in ("serving", "paid"))
    share = paid * (end - start) / (day.mean("paid") * _HOURS * _SECONDS)
    levels = tuple(percentile_ms(times, level) for level in LEVELS)
    rejected, late = int(np.isinf(times).sum()), int((times > patience).sum())
    return Hour(name, len(times), serving, paid, levels, rejected, late, day.usd * share)


def day_table(hours: list[Hour], title: str) -> Table:
    """Show a day by the hour."""
    table = Table(title=title, padding=0)
    headings = ["hour", "requests", "instances", "paid", *(f"p{level} ms" for level in LEVELS)]
    for heading in (*headings, "rejected", "late", "$"):
        table.add_column(heading, justify="right", no_wrap=True)
    for hour in hours:
        counts = (f"{hour.requests:,}", f"{hour.serving:.2f}", f"{hour.paid:.2f}")
        after = (f"{hour.rejected:,}", f"{hour.late:,}", f"{hour.usd:.3f}")
        if hour is hours[-1]:
            table.add_section()
        table.add_row(hour.time, *counts, *map(_shown, hour.levels), *after)
    return table


def day_json(day: Day, hours: list[Hour]) -> dict[str, Any]:
    """Show a day as a JSON object."""
    policy = day.policy
    try:
        overrides: str | None = policy.overrides()
    except ScalingError:
        overrides = None
    return {
        "policy": {
            "scaling": policy.scaling,
            "min_instances": policy.min_instances,
            "max_instances": policy.max_instances,
            "target": None if policy.scaling is Scaling.NONE else policy.target,
            "scale_out_cooldown": policy.scale_out_cooldown,
            "scale_in_cooldown": policy.scale_in_cooldown,
        },
        "overrides": overrides,
        "day": hours[-1].to_json(),
        "hours": [hour.to_json() for hour in hours[:-1]],
        "changes": [change._asdict() for change in day.changes],
    }


def _shown(milliseconds: float) -> str:
    if np.isnan(milliseconds):
        return "-"
    return "rejected" if np.isinf(milliseconds) else f"{milliseconds:,.0f}"


def _number(milliseconds: float) -> float | None:
    return round(milliseconds, 3) if np.isfinite(milliseconds) else None
