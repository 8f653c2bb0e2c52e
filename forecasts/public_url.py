"""Where clients reach the API (`STATIONCAST_PUBLIC_URL`), for links that are read elsewhere."""

import re

PUBLIC_URL = "STATIONCAST_PUBLIC_URL"

#: Without a query and a fragment, as paths are put behind it.
_URL = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._~/-]*)?")


def public_url(text: str) -> str:
    """Return the address without a slash at its end; "" leaves the host out of links.

    Raises:
        ValueError: *text* is no such address; says what to write.

    >>> public_url("https://example.org/prod/")
    'https://example.org/prod'
    """
    if text and not _URL.fullmatch(text):
        raise ValueError(
            f"is {text!r}; write where clients reach the API, such as https://example.org"
        )
    return text.rstrip("/")
