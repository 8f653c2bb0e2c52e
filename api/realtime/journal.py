"""The journal: a line of JSON for each context forecast, and for each change of the circuit.

Lines are in CloudWatch's embedded metric format, so CloudWatch takes its metrics from Lambda's log.
They name the variant, so that `stationcast variants report` can compare variants later. Of a
request, a line repeats the station's id only.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from forecasts.forecast import Quantiles, dumps
from forecasts.metrics import NAMESPACE
from forecasts.run import QUANTILES
from forecasts.times import utc_text

#: Lead times in hours whose values are recorded: enough to compare with observations later.
LEADS = (1, 6, 12, 24)

_UNITS = {
    "ContextAnswers": "Count",
    "DegradedAnswers": "Count",
    "EndpointTime": "Milliseconds",
    "CircuitOpened": "Count",
    "CircuitClosed": "Count",
}


class Journal:
    """Writes the journal.

    Args:
        service: Name of the service, in every line; a dimension of all metrics.
        clock: Gives the aware time.
        write: Takes a line, without a line break.
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
        """Record an answer.

        Args:
            fields: Further fields of the line: source, reason, variant, model, …
            degraded: Whether the nightly forecast replaced any value.
            milliseconds: How long the endpoint took; None if it was not asked.
        """
        metrics: dict[str, float] = {"ContextAnswers": 1, "DegradedAnswers": int(degraded)}
        if milliseconds is not None:
            metrics["EndpointTime"] = milliseconds
        self._line(metrics, [["service"], ["service", "variant"]], fields)

    def circuit(self, state: str) -> None:
        """Record that the circuit is now `open`, `half_open` or `closed`."""
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
