"""Ready-made terms for tests, and hypothesis strategies for them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from hypothesis import strategies as st

from forecasts.calibration import FACTORS
from forecasts.forecast import Forecast
from forecasts.parameter import PARAMETERS
from forecasts.run import LEAD_HOURS, QUANTILES, Run, RunState, run_id
from forecasts.station import Station

ISSUE_TIME = datetime(2013, 12, 30, tzinfo=UTC)
NOW = datetime(2013, 12, 30, 1, tzinfo=UTC)

A_STATION = Station(
    id="JFK",
    name="John F Kennedy Intl",
    country="US",
    latitude=40.639751,
    longitude=-73.778925,
    elevation=4.0,
    timezone="America/New_York",
)

A_RUN = Run(
    id=run_id(ISSUE_TIME, 1),
    issue_time=ISSUE_TIME,
    state=RunState.LOADED,
    model="demo",
    parameters=("temperature", "pressure"),
    stations=1,
    parts=1,
    planned_at=NOW,
    identity="0123456789abcdef",
)


def a_station(**changes):
    """Return a station that differs from JFK by *changes*."""
    return replace(A_STATION, **changes)


def a_run(**changes):
    """Return a run that differs from `A_RUN` by *changes*."""
    return replace(A_RUN, **changes)


def identity_of(name):
    """Return an identity that *name* always has."""
    return blake2b(name.encode(), digest_size=8).hexdigest()


def a_night(days=0, attempt=1, **changes):
    """Return a run *days* after `A_RUN`, with the id that belongs to it and its own identity."""
    issue_time = ISSUE_TIME + timedelta(days=days)
    planned_at = NOW + timedelta(days=days)
    own_id = run_id(issue_time, attempt)
    names = {"id": own_id, "issue_time": issue_time, "identity": identity_of(own_id)}
    return replace(A_RUN, planned_at=planned_at, **{**names, **changes})


def quantiles_around(value, spread=1.0):
    """Return 24 equal hours of p10, p50, p90."""
    levels = zip(QUANTILES, (-spread, 0.0, spread), strict=True)
    return {name: [round(value + offset, 1)] * LEAD_HOURS for name, offset in levels}


def a_forecast(run=A_RUN, station=A_STATION, **changes):
    """Return the forecast of *run* for *station*, with temperature and without pressure."""
    forecast = Forecast(
        station=station,
        run_id=run.id,
        issue_time=run.issue_time,
        model=run.model,
        values={"temperature": quantiles_around(3.6)},
        missing={"pressure": "too_few_observations"},
    )
    return replace(forecast, **changes)


station_ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}", fullmatch=True)
stations = st.builds(
    Station,
    id=station_ids,
    name=st.text(max_size=60).filter(lambda text: text.isprintable()),
    country=st.sampled_from(["", "US", "DE", "CN"]),
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
    elevation=st.none() | st.floats(-430, 9000),
    timezone=st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu"]),
    attribution=st.sampled_from(["", "Servizio Meteorologico · Università"]),
    licence=st.sampled_from(["", "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"]),
)


notices = st.none() | st.just("Weather of 2013, moved to today.")


def values_of(code):
    """Return a strategy of plausible values of a parameter, rounded to its decimals."""
    parameter = PARAMETERS[code]
    plausible = st.floats(parameter.minimum, parameter.maximum)
    return plausible.map(lambda value: round(value, parameter.decimals))


def _quantiles_of(code):
    hours = st.lists(values_of(code), min_size=LEAD_HOURS, max_size=LEAD_HOURS)
    chances = st.lists(st.floats(0, 1), min_size=LEAD_HOURS, max_size=LEAD_HOURS)
    optional = {"chance": chances} if PARAMETERS[code].zeros else {}
    return st.fixed_dictionaries(dict.fromkeys(QUANTILES, hours), optional=optional)


@st.composite
def forecasts(draw):
    """Draw a forecast of some parameters, with the others missing."""
    codes = draw(st.lists(st.sampled_from(sorted(PARAMETERS)), unique=True, max_size=8))
    cut = draw(st.integers(0, len(codes)))
    rain = [code for code in codes[:cut] if PARAMETERS[code].zeros]
    return Forecast(
        station=draw(stations),
        run_id=A_RUN.id,
        issue_time=A_RUN.issue_time,
        model=draw(st.text(st.characters(categories=["L", "N"]), max_size=20)),
        values={code: draw(_quantiles_of(code)) for code in codes[:cut]},
        missing=dict.fromkeys(codes[cut:], "too_few_observations"),
        chance_24h={code: draw(st.floats(0, 1)) for code in rain},
        models=dict.fromkeys(
            draw(st.sets(st.sampled_from(codes[:cut]))) if cut else (), "reference"
        ),
        notice=draw(notices),
    )


@st.composite
def calibrations(draw):
    """Draw the factors of up to seven parameters, not all of them 1."""
    codes = draw(st.lists(st.sampled_from(sorted(PARAMETERS)), unique=True, max_size=7))
    groups = st.lists(st.sampled_from(FACTORS), min_size=4, max_size=4)
    sides = st.fixed_dictionaries({"low": groups, "high": groups})
    moved = sides.filter(lambda each: {*each["low"], *each["high"]} != {1.0})
    return {code: draw(moved) for code in codes}


@st.composite
def histories(draw, hours=168):
    """Draw a history of up to seven parameters, with gaps."""
    codes = draw(st.lists(st.sampled_from(sorted(PARAMETERS)), unique=True, max_size=7))
    hour = {code: st.none() | values_of(code) for code in codes}
    return {code: draw(st.lists(hour[code], min_size=hours, max_size=hours)) for code in codes}
