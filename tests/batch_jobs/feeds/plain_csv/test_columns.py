"""What the columns of a file are."""

import pytest

from batch_jobs.errors import CsvError
from batch_jobs.feeds.plain_csv.columns import check_names, corrections_of, layout_of


def shown(names, *maps):
    """Return the meaning and unit of each column, as `meaning unit`, and its note."""
    layout = layout_of(names, corrections_of(maps))
    return [(" ".join(filter(None, (c.meaning, c.unit))), c.note) for c in layout.columns]


def test_wide():
    """Headings say what columns are; a unit that is not given is assumed, and said."""
    assert shown(["station", "timestamp", "temp (°F)", "humidity", "mood"]) == [
        ("station", ""),
        ("time", ""),
        ("temperature °F", ""),
        ("relative_humidity %", "unit assumed"),
        ("", "not used: not known"),
    ]


def test_long():
    """A file with columns of parameters and values is a long one."""
    layout = layout_of(["station", "time", "parameter", "value", "unit"], {})

    assert layout.is_long
    assert layout.roles["value"] == "value"


def test_two_of_a_kind():
    """Of several columns with the same meaning the one with the best name counts."""
    assert shown(["time", "t2m", "temperature", "air temp"]) == [
        ("time", ""),
        ("", "not used: temperature is taken from 'temperature'"),
        ("temperature °C", "unit assumed"),
        ("", "not used: temperature is taken from 'temperature'"),
    ]


def test_corrections():
    """The user's word counts more than a heading; the unit of a heading stays if it fits."""
    maps = ("temperature=", "T2 (°F)=temperature", "when=time", "p=station_pressure:mmHg")
    assert shown(["when", "temperature", "T2 (°F)", "p"], *maps) == [
        ("time", ""),
        ("", "not used: --map"),
        ("temperature °F", ""),
        ("station_pressure mmHg", ""),
    ]
    assert shown(["temperature", "b"], "b=temp:K")[0][1] == (
        "not used: temperature is taken from 'b'"
    )
    assert shown(["b", "temperature"], "b=temp:K")[0] == ("temperature K", "")
    assert shown(["a=b (hPa)"], "a=b (hPa)=rain")[0] == ("precipitation mm", "unit assumed")


def test_times():
    """A day and a time of day are a pair; one alone is the time."""
    assert shown(["Datum", "Uhrzeit"]) == [("date", ""), ("clock", "")]
    assert shown(["Datum"]) == shown(["Zeit"]) == [("time", "")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("temp", "write column=parameter:unit"),
        ("=temperature", "write column=parameter:unit"),
        ("a=mood", "no parameter 'mood'; there are pm25, "),
        ("a=temperature:mm", "temperature cannot be in 'mm'"),
    ],
)
def test_bad_corrections(text, reason):
    """A correction that is none says how to write it."""
    with pytest.raises(CsvError, match=reason):
        corrections_of([text])


def test_same_meaning_twice():
    """The user cannot give one meaning to two columns, but ignore as many as there are."""
    with pytest.raises(CsvError, match="'a' and 'b' cannot both be temperature"):
        shown(["a", "b"], "a=temp", "b=temp")
    assert shown(["a", "b"], "a=", "b=") == [("", "not used: --map")] * 2


@pytest.mark.parametrize(
    ("name", "hint"), [("tempp", "did you mean 'temp'"), ("x", "there are temp, rain")]
)
def test_unknown_names(name, hint):
    """A correction of a column that does not exist names the nearest."""
    with pytest.raises(CsvError, match=hint):
        check_names([name], ["temp", "rain"])
