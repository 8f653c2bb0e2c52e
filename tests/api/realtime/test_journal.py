"""The journal: log lines that are metrics at the same time."""

import json

from api.realtime.journal import Journal, at_leads
from forecasts.times import utc_text
from tests.factories import NOW, quantiles_around


def lines_of(write):
    """Return the lines that *write* puts into a journal, parsed."""
    lines = []
    write(Journal("weather", lambda: NOW, lines.append))
    return [json.loads(line) for line in lines]


def metrics_of(line):
    """Return name, dimensions and values of a line's metrics, as CloudWatch reads them."""
    [described] = line["_aws"]["CloudWatchMetrics"]
    values = {metric["Name"]: line[metric["Name"]] for metric in described["Metrics"]}
    for dimensions in described["Dimensions"]:
        assert all(isinstance(line[name], str) for name in dimensions)
    return described["Namespace"], described["Dimensions"], values


def test_answered():
    """An answer counts once for the service and once for the variant, with the endpoint's time."""
    [line] = lines_of(
        lambda journal: journal.answered(
            {"variant": "depth5", "station_id": "JFK"}, degraded=False, milliseconds=12.5
        )
    )

    assert line["_aws"]["Timestamp"] == NOW.timestamp() * 1000
    assert (line["service"], line["time"]) == ("weather", utc_text(NOW))
    assert metrics_of(line) == (
        "Stationcast",
        [["service"], ["service", "variant"]],
        {"ContextAnswers": 1, "DegradedAnswers": 0, "EndpointTime": 12.5},
    )


def test_degraded():
    """A degraded answer counts as one; it has no time if the endpoint was not called."""
    [line] = lines_of(
        lambda journal: journal.answered({"variant": "none"}, degraded=True, milliseconds=None)
    )

    assert metrics_of(line)[2] == {"ContextAnswers": 1, "DegradedAnswers": 1}


def test_circuit():
    """The journal counts changes of the circuit and only notes its tries."""
    lines = lines_of(lambda j: [j.circuit(s) for s in ("open", "half_open", "closed")])

    assert [line["circuit"] for line in lines] == ["open", "half_open", "closed"]
    assert metrics_of(lines[0])[2] == {"CircuitOpened": 1}
    assert metrics_of(lines[2])[2] == {"CircuitClosed": 1}
    assert lines[1]["_aws"]["CloudWatchMetrics"] == []


def test_leads():
    """The journal keeps a few lead times of a forecast, each with its three quantiles."""
    assert at_leads({"temperature": quantiles_around(3.6)}) == {
        "temperature": {lead: [2.6, 3.6, 4.6] for lead in ("1", "6", "12", "24")}
    }
