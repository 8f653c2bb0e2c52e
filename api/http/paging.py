"""Pages of lists: where one begins, and the header that names the next one."""

from starlette.requests import Request

from api.errors import InvalidError, Refusal
from api.reading.snapshot import RawHeaders
from api.schemas.cursor import Cursor
from api.schemas.queries import PagedQuery


def start_of(query: PagedQuery, run_id: str | None = None) -> Cursor | None:
    """Return where a page begins; None for the first page.

    Args:
        query: The query.
        run_id: The run that the address names, if it names one.

    Raises:
        InvalidError: The cursor belongs to another search or run.
    """
    start = query.start
    if start and (start.asked != query.asked or run_id not in (None, start.run_id)):
        reason = "it belongs to another search; take `next` of the previous page"
        raise InvalidError(Refusal("query", "cursor", reason))
    return start


def link(request: Request, cursor: str | None) -> RawHeaders:
    """Name the next page in a header; nothing on the last page."""
    if cursor is None:
        return []
    following = request.url.include_query_params(cursor=cursor)
    return [(b"link", f'<?{following.query}>; rel="next"'.encode())]
