"""The least that FastAPI can do: one route that sends the bytes of a file, which are gzip.

`python -m bench.peers.constant_server FILE PORT`
"""

import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.responses import Response

from bench.harness.server import CONSTANT_PATH


def constant_app(body: bytes) -> FastAPI:
    """Make the application."""
    app = FastAPI(openapi_url=None)
    headers = {"content-encoding": "gzip"}

    @app.get(CONSTANT_PATH)
    async def forecast() -> Response:
        return Response(body, media_type="application/json", headers=headers)

    return app


if __name__ == "__main__":
    constant = constant_app(Path(sys.argv[1]).read_bytes())
    uvicorn.run(constant, port=int(sys.argv[2]), log_level="warning")
