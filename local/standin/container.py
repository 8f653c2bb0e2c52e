"""The SageMaker container contract around a model artifact: one process, one model or several.

    python -m local.standin.container FOLDER               GET /ping, POST /invocations
    python -m local.standin.container --models 10          GET /ping, POST GET DELETE /models…

What answers is the code in the artifact, never this repository's: `model_fn`, `input_fn`,
`predict_fn` and `output_fn` of its `code/inference.py`. Hooks must import what they need when they
are imported; modules of several models in one process do not know of each other.

It differs from the XGBoost image in one thing: a request that `input_fn` or `predict_fn` refuses
is answered 400, or 415 for its content type. The image answers 500. For a caller of InvokeEndpoint
both are a ModelError.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, unquote

import uvloop

from local.standin.child_process import Parent, told_to_stop
from local.standin.errors import HookError
from local.standin.http import HttpServer, Request, Response, json_response

if TYPE_CHECKING:
    from collections.abc import Callable

#: Models on one page of `GET /models`.
PAGE = 100

_TYPE = "application/jsonlines"


class LoadedModel(NamedTuple):
    """A model that can answer.

    Attributes:
        url: Folder of the unpacked artifact.
        model: What its `model_fn` returned.
        inference: Its own module with the hooks.
        input_error: What its hooks raise when the request is at fault.
        content_types: What its `input_fn` takes.
    """

    url: str
    model: Any
    inference: Any
    input_error: type[Exception]
    content_types: tuple[str, ...]

    @classmethod
    def of(cls, url: str) -> LoadedModel:
        """Load the artifact that was unpacked to *url*, with the code in it.

        Raises:
            HookError: It cannot be loaded.
        """
        loaded: LoadedModel = _call(cls._of, url)
        return loaded

    @classmethod
    def _of(cls, url: str) -> LoadedModel:
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

    def answer(self, request: Request) -> Response:
        """Let the hooks answer: 200, 400 or 415 for the request, 500 for the model."""
        content_type = request.headers.get("content-type", _TYPE)
        accept = request.headers.get("accept", "*/*")
        accept = _TYPE if accept == "*/*" else accept
        try:
            body = _call(self._hooks, request.body, content_type, accept)
        except HookError as failure:
            return self._refusal(failure, content_type)
        return Response(200, body, {"content-type": accept})

    def _hooks(self, body: bytes, content_type: str, accept: str) -> bytes:
        data = self.inference.input_fn(body, content_type)
        prediction = self.inference.predict_fn(data, self.model)
        output: bytes = self.inference.output_fn(prediction, accept)
        return output

    def _refusal(self, failure: HookError, content_type: str) -> Response:
        if not isinstance(failure.__cause__, self.input_error):
            traceback.print_exception(failure.__cause__)
            return _text(500, str(failure))
        known = content_type.partition(";")[0].strip() in self.content_types
        return _text(400 if known else 415, str(failure))


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


class SingleModel:
    """A container with one model."""

    def __init__(self, model: LoadedModel) -> None:
        self._model = model

    async def handle(self, request: Request) -> Response:
        """Answer `GET /ping` and `POST /invocations`."""
        match request.method, request.path:
            case "GET", "/ping":
                return Response(200)
            case "POST", "/invocations":
                return self._model.answer(request)
        return _not_found(request)


class MultiModel:
    """A container with models that come and go.

    Args:
        most: Models that fit into its memory.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._models: dict[str, LoadedModel] = {}
        self._loading = asyncio.Lock()

    async def handle(self, request: Request) -> Response:
        """Answer `GET /ping` and what begins with `/models`."""
        match request.method, *request.path.split("/")[1:]:
            case "GET", "ping":
                return Response(200)
            case "POST", "models":
                return await self._load(request)
            case "GET", "models":
                return self._list(request)
            case method, "models", name, *verb:
                return self._handle_model(f"{method} {'/'.join(verb)}", unquote(name), request)
        return _not_found(request)

    def _handle_model(self, wish: str, name: str, request: Request) -> Response:
        if name not in self._models:
            return _text(404, f"model {name} is not loaded")
        match wish:
            case "GET ":
                return self._show(name)
            case "DELETE ":
                return self._unload(name)
            case "POST invoke":
                return self._models[name].answer(request)
        return _not_found(request)

    async def _load(self, request: Request) -> Response:
        try:
            wish = json.loads(request.body)
            name, url = str(wish["model_name"]), str(wish["url"])
        except (ValueError, KeyError, TypeError):
            return _text(400, 'send {"model_name": …, "url": folder of the unpacked artifact}')
        async with self._loading:
            if name in self._models:
                return _text(409, f"model {name} is loaded already")
            if len(self._models) >= self._most:
                return _text(507, f"no memory for model {name}: {self._most} are loaded")
            return await self._load_from(name, url)

    async def _load_from(self, name: str, url: str) -> Response:
        try:
            # In a thread: the models that are loaded answer meanwhile.
            self._models[name] = await asyncio.to_thread(LoadedModel.of, url)
        except HookError as failure:
            traceback.print_exception(failure.__cause__)
            return _text(500, f"model {name} cannot be loaded: {failure}")
        return self._show(name)

    def _list(self, request: Request) -> Response:
        start = parse_qs(request.query).get("next_page_token", ["0"])[0]
        if not start.isdecimal():
            return _text(400, "next_page_token is none that this container gave")
        names = list(self._models)[int(start) :]
        page: dict[str, Any] = {"models": [self._item(name) for name in names[:PAGE]]}
        if len(names) > PAGE:
            page["nextPageToken"] = str(int(start) + PAGE)
        return json_response(200, page)

    def _show(self, name: str) -> Response:
        return json_response(200, self._item(name))

    def _unload(self, name: str) -> Response:
        del self._models[name]
        return json_response(200, {"status": f"model {name} is unloaded"})

    def _item(self, name: str) -> dict[str, str]:
        return {"modelName": name, "modelUrl": self._models[name].url}


def _not_found(request: Request) -> Response:
    return _text(404, f"there is no {request.method} {request.path}")


def _text(status: int, reason: str) -> Response:
    return Response(status, reason.encode(), {"content-type": "text/plain; charset=utf-8"})


async def _serve(container: SingleModel | MultiModel, parent: Parent) -> None:
    server = HttpServer(container.handle, 0)
    await server.listen()
    stop = told_to_stop(as_child=True)
    parent.announce(port=server.port)
    await stop.wait()
    server.close()


def main() -> None:
    """Serve on a free port, which is announced, until standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m local.standin.container")
    parser.add_argument("folder", nargs="?", help="unpacked artifact")
    parser.add_argument("--models", type=int, help="several models, at most so many at a time")
    options = parser.parse_args()
    parent = Parent()
    try:
        container = (
            MultiModel(options.models)
            if options.models
            else SingleModel(LoadedModel.of(options.folder))
        )
    except HookError as failure:
        parent.announce(error=str(failure))
        sys.exit(1)
    uvloop.run(_serve(container, parent))


if __name__ == "__main__":
    main()
