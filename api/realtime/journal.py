"""The journal: one line of JSON for each context answer, and for each turn of the circuit.

Lines are in CloudWatch's embedded metric format, so that Lambda's log is where the metrics come
from; and they name the variant, so that `stationcast variants report` can compare variants later.
Of what callers send, a line repeats the id of the station only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.compact import dumps
from forecasts.metrics import NAMESPACE
from forecasts.run import QUANTILES
from forecasts.times import utc_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from forecasts.forecast import Quantiles

#: Lead times, in hours, whose values are written: enough to compare with observations later.
LEADS = (1, 6, 12, 24)

_UNITS = {
    "ContextAnswers": "Count",
    "DegradedAnswers": "Count",
    "EndpointTime": "Milliseconds",
    "CircuitOpened": "Count",
    "CircuitClosed": "Count",
}


class Journal:
    """Writes lines.

    Args:
        service: Stands in every line; a dimension of all metrics.
        clock: Gives the aware time.
        write: Takes a line, without its end.
    """

    def __init__(
        self, service: str, clock: Callable[[], datetime], write: Callable[[str], object]
    ) -> None:
        self._service = service
        self._clock = clock
        self._write = write

    def answered(
        self, fields: Mapping[str, Any], *, degraded: bool, milliseconds: float | None
    ) -> None:
        """Note an answer.

        Args:
            fields: What the line says besides: source, reason, variant, model, …
            degraded: Whether it is not wholly what was asked for.
            milliseconds: How long the endpoint took; None where it was not asked.
        """
        metrics: dict[str, float] = {"ContextAnswers": 1, "DegradedAnswers": int(degraded)}
        if milliseconds is not None:
            metrics["EndpointTime"] = milliseconds
        self._line(metrics, [["service"], ["service", "variant"]], fields)

    def circuit(self, state: str) -> None:
        """Note that the circuit of the endpoint is now `open`, `half_open` or `closed`."""
        metrics: dict[str, float] = {}
        if state != "half_open":
            metrics["CircuitOpened" if state == "open" else "CircuitClosed"] = 1
        self._line(metrics, [["service"]], {"circuit": state})

    def _line(
        self, metrics: Mapping[str, float], dimensions: list[list[str]], fields: Mapping[str, Any]
    ) -> None:
        now = self._clock()
        described = {
            "Namespace": NAMESPACE,
            "Dimensions": dimensions,
            "Metrics": [{"Name": name, "Unit": _UNITS[name]} for name in metrics],
        }
        line = {
            "_aws": {
                "Timestamp": int(now.timestamp() * 1000),
                "CloudWatchMetrics": [described] if metrics else [],
            },
            "service": self._service,
            "time": utc_text(now),
            **metrics,
            **fields,
        }
        self._write(dumps(line).decode())


def at_leads(values: Mapping[str, Quantiles]) -> dict[str, dict[str, list[float]]]:
    """Cut forecasts down to `LEADS`: by parameter code and lead hour, p10, p50 and p90."""
    return {
        code: {str(lead): [series[q][lead - 1] for q in QUANTILES] for lead in LEADS}
        for code, series in values.items()
    }
