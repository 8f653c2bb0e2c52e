"""What goes wrong in each hour of the week."""

from random import Random

from tests.feeds.loopback import BUSY, EMPTY, GATEWAY_TIMEOUT, HTML, SILENCE, Answer, cut, too_many
from tests.feeds.week.world import HOURS

#: Nothing comes of a source.
DEAD = {"iem": range(42, 52), "openaq": range(88, 98)}
WRONG_KEY = range(70, 74)
#: Its fetch is killed.
KILLED = {"iem": 70, "openaq": 99}
#: Two fetches run at once.
TWICE = {"iem": 75, "openaq": 133}
#: The clock of this machine is wrong by so many hours.
WRONG_CLOCK = {("iem", 62): 72, ("iem", 65): -3, ("openaq", 125): 72, ("openaq", 129): -3}
#: A column has another name; the next fetch, which asks for six hours, brings it.
RENAMED = 18
#: An answer has a header and nothing else.
NOTHING = 83
#: The service is silent until the client hangs up.
SILENT = {"iem": 57, "openaq": 33}
#: Rows slip from page to page.
SLIPS = range(1, 7)


def shuffled(good):
    """Return an answer with its lines out of order."""
    header, *lines = good.body.splitlines()
    Random(len(lines)).shuffle(lines)
    return Answer(200, b"\n".join([header, *lines]) + b"\n", good.headers)


def renamed(good):
    """Return an answer with a column under another name."""
    return Answer(200, good.body.replace(b",mslp,", b",slp,", 1), good.headers)


def only_header(good):
    """Return an answer without lines."""
    return Answer(200, good.body.partition(b"\n")[0] + b"\n", good.headers)


#: Of these a fetch recovers.
_PASSING = (
    [too_many(retry_after="7")],
    [too_many(x_ratelimit_reset="20")],
    [BUSY],
    [BUSY, GATEWAY_TIMEOUT],
    [HTML],
    [EMPTY],
    [cut],
    [Answer(500), HTML, cut],
)


def faults(source):
    """Return the faults of a source by hour."""
    chance = Random(source)
    hours = [hour for hour in HOURS if hour and hour not in DEAD[source]]
    found = {}
    for number, hour in enumerate(chance.sample(hours, 4 * len(_PASSING))):
        right = [None] * (chance.randrange(6) if source == "openaq" else 0)
        found[hour] = [*right, *_PASSING[number % len(_PASSING)]]
    if source == "iem":
        found |= {hour: [shuffled] for hour in chance.sample(hours, 5)}
        found |= {RENAMED: [renamed], NOTHING: [only_header]}
    found |= dict.fromkeys(DEAD[source], [BUSY, GATEWAY_TIMEOUT] * 20)
    found[SILENT[source]] = [SILENCE]
    quiet = [KILLED[source], TWICE[source], *(WRONG_KEY if source == "openaq" else ())]
    return {hour: of_hour for hour, of_hour in found.items() if hour not in quiet}


def is_good(source, hour):
    """Tell whether the fetch of an hour brings all that there is."""
    return not (
        hour in DEAD[source]
        or hour == KILLED[source]
        or (source, hour) in WRONG_CLOCK
        or (source == "openaq" and hour in WRONG_KEY)
        or (source == "iem" and hour == NOTHING)
    )
