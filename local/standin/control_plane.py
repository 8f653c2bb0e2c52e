"""The actions of SageMaker's control plane that the commands need, in boto3's protocol.

There is one endpoint. Weights take effect at once; the number of instances is fixed.
"""

import json
import math
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.standin.answers import ACCOUNT, REGION, endpoint_arn
from local.standin.endpoint import Endpoint
from local.standin.errors import RefusalError
from local.standin.weighted_choice import Weights


class ControlPlane:
    """Serves `boto3.client("sagemaker")` for one endpoint.

    Args:
        endpoint: The endpoint.
        weights: The weights of its production variants.
        started: When the endpoint was created, in seconds since 1970.
    """

    def __init__(self, endpoint: Endpoint, weights: Weights, started: float) -> None:
        self._endpoint = endpoint
        self._name = endpoint.name
        self._weights = weights
        self._started = started
        self._actions = {
            "SageMaker.DescribeEndpoint": self._describe,
            "SageMaker.DescribeEndpointConfig": self._describe_config,
            "SageMaker.ListEndpoints": self._list,
            "SageMaker.UpdateEndpointWeightsAndCapacities": self._update,
        }

    async def handle(self, request: Request) -> Response:
        """Run one action.

        Raises:
            RefusalError: There is no such action, or it cannot be run.
        """
        target = request.headers.get("x-amz-target", "")
        if target not in self._actions:
            message = f"the stand-in has no {target}"
            raise RefusalError(_refusal("UnknownOperationException", message))
        return _json(200, self._actions[target](_object(await request.body())))

    def _describe(self, given: dict[str, Any]) -> dict[str, Any]:
        self._check_name(given)
        return {
            **self._summary(),
            "EndpointConfigName": self._config_name,
            "ProductionVariants": [
                self._status(name, weight) for name, weight in self._weights.by_name.items()
            ],
            **self._shadows([self._status(name, 1.0) for name in self._endpoint.shadow]),
        }

    def _describe_config(self, given: dict[str, Any]) -> dict[str, Any]:
        if given.get("EndpointConfigName") != self._config_name:
            name = given.get("EndpointConfigName")
            arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint-config/{name}"
            raise _refused(f'Could not find endpoint configuration "{arn}".')
        return {
            "EndpointConfigName": self._config_name,
            "EndpointConfigArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint-config/"
            f"{self._config_name.lower()}",
            "CreationTime": self._started,
            "ProductionVariants": [
                self._variant(name, weight) for name, weight in self._endpoint.production.items()
            ],
            **self._shadows([self._variant(name, 1.0) for name in self._endpoint.shadow]),
        }

    def _list(self, given: dict[str, Any]) -> dict[str, Any]:
        wanted = given.get("NameContains", "") in self._name
        return {"Endpoints": [self._summary()] if wanted else []}

    def _update(self, given: dict[str, Any]) -> dict[str, Any]:
        self._check_name(given)
        changes: dict[str, float] = {}
        for wish in given.get("DesiredWeightsAndCapacities", []):
            name = self._check_wish(wish)
            if name in changes:
                raise _refused(f'The variant name "{name}" was non-unique within the request.')
            changes[name] = wish.get("DesiredWeight", self._weights.by_name[name])
        try:
            self._weights.update(changes)
        except ValueError as error:
            raise _refused(str(error)) from error
        return {"EndpointArn": endpoint_arn(self._name)}

    def _check_name(self, given: dict[str, Any]) -> None:
        name = str(given.get("EndpointName"))
        if name != self._name:
            raise _refused(f'Could not find endpoint "{endpoint_arn(name)}".')

    def _check_wish(self, wish: dict[str, Any]) -> str:
        name = str(wish.get("VariantName"))
        if name not in self._endpoint.production:
            raise _refused(
                f'The variant name(s) "{name}" is/are not present within endpoint configuration '
                f'"{self._config_name}".'
            )
        weight = wish.get("DesiredWeight", 0)
        if not isinstance(weight, int | float) or not 0 <= weight < math.inf:
            raise _refused(
                f"Value '{weight}' at 'desiredWeight' of {name} failed to satisfy constraint: "
                "Member must have value greater than or equal to 0"
            )
        if wish.get("DesiredInstanceCount", self._endpoint.workers) != self._endpoint.workers:
            raise _refused(f"the stand-in keeps {self._endpoint.workers} instances of {name}")
        return name

    @property
    def _config_name(self) -> str:
        return f"{self._name}-config"

    def _summary(self) -> dict[str, Any]:
        return {
            "EndpointName": self._name,
            "EndpointArn": endpoint_arn(self._name),
            "CreationTime": self._started,
            "LastModifiedTime": self._started,
            "EndpointStatus": "InService",
        }

    def _status(self, name: str, weight: float) -> dict[str, Any]:
        return {
            "VariantName": name,
            "CurrentWeight": weight,
            "DesiredWeight": weight,
            "CurrentInstanceCount": self._endpoint.workers,
            "DesiredInstanceCount": self._endpoint.workers,
        }

    def _variant(self, name: str, weight: float) -> dict[str, Any]:
        return {
            "VariantName": name,
            "ModelName": self._endpoint.model_name(name),
            "InitialInstanceCount": self._endpoint.workers,
            "InitialVariantWeight": weight,
        }

    def _shadows(self, variants: list[dict[str, Any]]) -> dict[str, Any]:
        return {"ShadowProductionVariants": variants} if variants else {}


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except ValueError as error:
        raise _refused(f"not JSON: {error}") from error
    if not isinstance(given, dict):
        raise _refused("not a JSON object")
    return given


def _refused(message: str) -> RefusalError:
    return RefusalError(_refusal("ValidationException", message))


def _refusal(kind: str, message: str) -> Response:
    return _json(400, {"__type": kind, "message": message})


def _json(status: int, content: dict[str, Any]) -> Response:
    return JSONResponse(content, status, media_type="application/x-amz-json-1.1")
