"""Names as sources write them: of stations, of parameters, and for missing values.

Every reader uses these, so that a name means the same in all formats.
"""

import re
import unicodedata
from functools import lru_cache

#: Values that networks write for a missing measurement, in any unit.
SENTINELS = frozenset(
    {-99.0, -99.9, -99.99, -999.0, -999.9, -999.99, -8888.0, -9999.0, -9999.9, -99999.0}
)

#: What NOAA's archives write for a direction that varies, or is missing.
NO_DIRECTION = frozenset({990.0, 999.0})

#: Our code of a parameter, by a source's name in small letters.
_PARAMETERS = {
    "relativehumidity": "relative_humidity",
    "pm2.5": "pm25",
    "winddirection": "wind_direction",
    "wind-direction": "wind_direction",
    "wind direction": "wind_direction",
    "sea_level_pressure": "pressure",
}

#: A whole number that a table of floats has made of an id.
_FLOAT_ID = re.compile(r"(\d+)\.0+")

_SOURCE = re.compile(r"(?:^|/)source=([^/]+)/")


@lru_cache(maxsize=10_000)
def parameter_code(name: str) -> str:
    """Return our code of a parameter, or the name in small letters if we have none.

    >>> parameter_code("relativehumidity"), parameter_code(" PM2.5 ")
    ('relative_humidity', 'pm25')
    """
    plain = name.strip().lower()
    return _PARAMETERS.get(plain, plain)


def openaq_code(name: str) -> str:
    """Return our code of a parameter of OpenAQ, whose pressure is that at the station.

    >>> openaq_code("pressure"), openaq_code("pm10")
    ('station_pressure', 'pm10')
    """
    code = parameter_code(name)
    return "station_pressure" if code == "pressure" and "sea" not in name else code


def source_of(file: str) -> str:
    """Return the source of a file: its `source=` folder; without one, its format.

    >>> source_of("source=iem/date=2026-11-28/hour=07.parquet"), source_of("old/a.csv.gz")
    ('iem', 'csv')
    """
    folder = _SOURCE.search(file)
    return folder[1] if folder else file.removesuffix(".gz").rpartition(".")[2]


def plain_id(text: str) -> str:
    """Return a station id without spaces around it, and 7 for the float 7.0.

    >>> plain_id(" 7.0"), plain_id("00403"), plain_id("A.0")
    ('7', '00403', 'A.0')
    """
    text = text.strip()
    whole = _FLOAT_ID.fullmatch(text)
    return whole[1] if whole else text


def plain_name(text: str) -> str:
    """Return a name with composed letters (Unicode's NFC) and single spaces.

    >>> plain_name("Cafe\u0301  Nord ")
    'Café Nord'
    """
    return " ".join(unicodedata.normalize("NFC", text).split())
