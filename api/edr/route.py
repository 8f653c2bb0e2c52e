"""The routes of OGC API EDR: the status of a bad query, and media types."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import JSONResponse, Response

from api.errors import InvalidEDRError, InvalidError, TooMuchAskedError
from api.http.documentation import COVERAGE_JSON, GEOJSON
from api.http.problems import refusal_of


class CoverageResponse(JSONResponse):
    """Documents that an answer is CoverageJSON."""

    media_type = COVERAGE_JSON


class FeaturesResponse(JSONResponse):
    """Documents that an answer is GeoJSON."""

    media_type = GEOJSON


class EDRRoute(APIRoute):
    """Answers a bad query with 400, as the standard wants; other addresses have 422."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler, whose refusals are renamed."""
        handle = super().get_route_handler()

        async def handle_edr(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                raise _renamed(refusal_of(self, error)) from error
            except InvalidError as error:
                raise _renamed(error) from error

        return handle_edr


def _renamed(error: Exception) -> Exception:
    if isinstance(error, InvalidError) and not isinstance(error, TooMuchAskedError):
        return InvalidEDRError(*error.refusals)
    return error
