"""Everything that can go wrong between a reader or writer and the table.

ForecastsError
├── UnknownParameterError
├── InvalidStationError
├── FormatError
│   └── DamagedItemError
└── StoreError
    ├── ConflictError
    ├── StoreURLError
    ├── StoreSettingError
    └── TransientError
"""


class ForecastsError(Exception):
    """The base of every error of this package."""


class UnknownParameterError(ForecastsError):
    """A parameter code is not in the catalogue."""

    def __init__(self, code: str, known: tuple[str, ...]) -> None:
        self.code = code
        self.known = known
        super().__init__(f"unknown parameter {code!r}; known: {', '.join(known)}")


class InvalidStationError(ForecastsError):
    """An impossible station: a malformed id, coordinates off the globe, an unknown time zone."""

    def __init__(self, station_id: str, reason: str) -> None:
        self.station_id = station_id
        self.reason = reason
        super().__init__(f"station {station_id[:80]!r}: {reason}")


class FormatError(ForecastsError):
    """Bytes in the table that this version cannot read."""


class DamagedItemError(FormatError):
    """An item that this version cannot read.

    Attributes:
        pk: Its partition key.
        sk: Its sort key.
        problem: What is wrong with it.
        advice: What an operator can do.
    """

    def __init__(self, pk: str, sk: str, problem: str, advice: str) -> None:
        self.pk = pk
        self.sk = sk
        self.problem = problem
        self.advice = advice
        super().__init__(f"item {pk} / {sk} is damaged: {problem}; {advice}")


class StoreError(ForecastsError):
    """The store failed: it is read-only, full, unreachable or throttled."""


class ConflictError(StoreError):
    """A conditional put was refused: the item is no longer at the version the writer had read."""

    def __init__(self, pk: str, sk: str, expected: int) -> None:
        self.pk = pk
        self.sk = sk
        self.expected = expected
        super().__init__(f"item {pk} / {sk} is no longer at version {expected}")


class StoreURLError(StoreError):
    """The URL of a store is malformed or has an unknown scheme."""


class StoreSettingError(StoreError):
    """A setting of a store has an invalid value."""


class TransientError(StoreError):
    """The store did not respond or throttled the call; a retry may succeed."""
