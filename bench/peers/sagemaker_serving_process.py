"""The WSGI application of AWS's serving stack, in the stack's own environment.

gunicorn imports it (`bench/peers/sagemaker_serving.py`). The artifact's hooks are the module
`inference` on Python's path. The toolkit handles the requests as it does in AWS's image.
"""

# The toolkit is not a dependency of this project; it has an environment of its own.
# mypy: disable-error-code="import-not-found,no-any-unimported"

import collections
import collections.abc
import importlib
from collections.abc import Callable, Iterable
from typing import Any

# The toolkit was written for a Python that still had this alias.
collections.Mapping = collections.abc.Mapping  # type: ignore[attr-defined]

from sagemaker_containers.beta.framework import transformer, worker  # noqa: E402

_hooks = importlib.import_module("inference")
_transformer = transformer.Transformer(
    model_fn=_hooks.model_fn,
    input_fn=_hooks.input_fn,
    predict_fn=_hooks.predict_fn,
    output_fn=_hooks.output_fn,
)
_transformer.initialize()
_worker = worker.Worker(transform_fn=_transformer.transform, module_name="inference")


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer `/ping` and `/invocations`, and `/endpoints/<name>/invocations`, which boto3 asks."""
    environ["PATH_INFO"] = "/" + environ["PATH_INFO"].rpartition("/")[2]
    answer: Iterable[bytes] = _worker(environ, start_response)
    return answer
