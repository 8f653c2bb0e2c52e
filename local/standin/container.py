"""The SageMaker container contract around a model artifact: one process, one model or several.

    python -m local.standin.container FOLDER               GET /ping, POST /invocations
    python -m local.standin.container --models 10          GET /ping, POST GET DELETE /models…

It runs the code in the artifact, never this repository's: `model_fn`, `input_fn`, `predict_fn` and
`output_fn` of its `code/inference.py`. Hooks must import what they need at the top of their module,
because the modules of several models in one process are kept apart.

It differs from the XGBoost image in one thing: if `input_fn` or `predict_fn` refuses a request, the
status is 400, or 415 for its content type. The image's is 500. A caller of InvokeEndpoint gets a
ModelError in both cases.
"""

import argparse
import asyncio
import importlib
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import uvloop
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from local.standin.child_process import Parent, told_to_stop
from local.standin.errors import HookError, RefusalError
from local.standin.server import Listener, application

#: Models on one page of `GET /models`.
PAGE = 100

_TYPE = "application/jsonlines"


class LoadedModel(NamedTuple):
    """A loaded model.

    Attributes:
        url: Folder of the unpacked artifact.
        model: The result of its `model_fn`.
        inference: Its own module with the hooks.
        input_error: The exception that its hooks raise if the request is at fault.
        content_types: The content types that its `input_fn` accepts.
    """

    url: str
    model: Any
    inference: Any
    input_error: type[Exception]
    content_types: tuple[str, ...]

    @classmethod
    def of(cls, url: str) -> "LoadedModel":
        """Load the artifact in the folder *url* with its own code.

        Raises:
            HookError: It does not load.
        """
        loaded: LoadedModel = _call(cls._of, url)
        return loaded

    @classmethod
    def _of(cls, url: str) -> "LoadedModel":
        code = str(Path(url, "code"))
        sys.path.insert(0, code)
        try:
            inference = importlib.import_module("inference")
            errors = importlib.import_module("model.errors")
            hooks = importlib.import_module("model.inference")
            model = inference.model_fn(url)
        finally:
            sys.path.remove(code)
            _forget(code)
        return cls(url, model, inference, errors.InputError, hooks.CONTENT_TYPES)

    async def answer(self, request: Request) -> Response:
        """Run the hooks: 200, 400 or 415 if the request is at fault, 500 if the model is."""
        content_type = request.headers.get("content-type", _TYPE)
        accept = request.headers.get("accept", "*/*")
        accept = _TYPE if accept == "*/*" else accept
        try:
            body = _call(self._hooks, await request.body(), content_type, accept)
        except HookError as failure:
            return self._refusal(failure, content_type)
        return Response(body, headers={"content-type": accept})

    def _hooks(self, body: bytes, content_type: str, accept: str) -> bytes:
        data = self.inference.input_fn(body, content_type)
        prediction = self.inference.predict_fn(data, self.model)
        output: bytes = self.inference.output_fn(prediction, accept)
        return output

    def _refusal(self, failure: HookError, content_type: str) -> Response:
        if not isinstance(failure.__cause__, self.input_error):
            traceback.print_exception(failure.__cause__)
            return PlainTextResponse(str(failure), 500)
        known = content_type.partition(";")[0].strip() in self.content_types
        return PlainTextResponse(str(failure), 400 if known else 415)


def _call(function: Callable[..., Any], *arguments: object) -> Any:
    try:
        return function(*arguments)
    except Exception as error:  # a model is foreign code: it may raise anything
        raise HookError(f"{error}" or repr(error)) from error


def _forget(code: str) -> None:
    # The next model has modules of the same names.
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(f"{code}/"):
            del sys.modules[name]


def single_model(model: LoadedModel) -> list[Route]:
    """Return the routes of a container with one model."""
    return [Route("/ping", _ping), Route("/invocations", model.answer, methods=["POST"])]


class MultiModel:
    """A container whose models are loaded and unloaded while it runs.

    Args:
        most: The number of models that fit into its memory.

    Attributes:
        routes: Its routes.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._models: dict[str, LoadedModel] = {}
        self._loading = asyncio.Lock()
        self.routes = [
            Route("/ping", _ping),
            Route("/models", self._load, methods=["POST"]),
            Route("/models", self._list),
            # A name may have slashes.
            Route("/models/{name:path}/invoke", self._invoke, methods=["POST"]),
            Route("/models/{name:path}", self._show),
            Route("/models/{name:path}", self._unload, methods=["DELETE"]),
        ]

    async def _load(self, request: Request) -> Response:
        try:
            wish = await request.json()
            name, url = str(wish["model_name"]), str(wish["url"])
        except (ValueError, KeyError, TypeError):
            return PlainTextResponse(
                'send {"model_name": …, "url": folder of the unpacked artifact}', 400
            )
        async with self._loading:
            if name in self._models:
                return PlainTextResponse(f"model {name} is loaded already", 409)
            if len(self._models) >= self._most:
                return PlainTextResponse(
                    f"no memory for model {name}: {self._most} are loaded", 507
                )
            return await self._load_from(name, url)

    async def _load_from(self, name: str, url: str) -> Response:
        try:
            # In a thread, so that other models can respond meanwhile.
            self._models[name] = await asyncio.to_thread(LoadedModel.of, url)
        except HookError as failure:
            traceback.print_exception(failure.__cause__)
            return PlainTextResponse(f"model {name} cannot be loaded: {failure}", 500)
        return JSONResponse(self._item(name))

    async def _list(self, request: Request) -> Response:
        start = request.query_params.get("next_page_token", "0")
        if not start.isdecimal():
            return PlainTextResponse(
                f"next_page_token {start!r} is not a token of this container", 400
            )
        names = list(self._models)[int(start) :]
        page: dict[str, Any] = {"models": [self._item(name) for name in names[:PAGE]]}
        if len(names) > PAGE:
            page["nextPageToken"] = str(int(start) + PAGE)
        return JSONResponse(page)

    async def _invoke(self, request: Request) -> Response:
        return await self._models[self._name_in(request)].answer(request)

    async def _show(self, request: Request) -> Response:
        return JSONResponse(self._item(self._name_in(request)))

    async def _unload(self, request: Request) -> Response:
        name = self._name_in(request)
        del self._models[name]
        return JSONResponse({"status": f"model {name} is unloaded"})

    def _name_in(self, request: Request) -> str:
        name: str = request.path_params["name"]
        if name not in self._models:
            raise RefusalError(PlainTextResponse(f"model {name} is not loaded", 404))
        return name

    def _item(self, name: str) -> dict[str, str]:
        return {"modelName": name, "modelUrl": self._models[name].url}


async def _ping(_request: Request) -> Response:
    return Response()


async def _serve(routes: Sequence[Route], parent: Parent) -> None:
    listener = Listener(application(routes), 0)
    await listener.listen()
    stop = told_to_stop(as_child=True)
    parent.announce(port=listener.port)
    await stop.wait()
    listener.close()


def main() -> None:
    """Serve on a free port, which is announced, until standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m local.standin.container")
    parser.add_argument("folder", nargs="?", help="folder of an unpacked artifact")
    parser.add_argument("--models", type=int, help="serve several models, at most so many at once")
    options = parser.parse_args()
    parent = Parent()
    try:
        routes = (
            MultiModel(options.models).routes
            if options.models
            else single_model(LoadedModel.of(options.folder))
        )
    except HookError as failure:
        parent.announce(error=str(failure))
        sys.exit(1)
    uvloop.run(_serve(routes, parent))


if __name__ == "__main__":
    main()
