"""AWS's limits, checked before a way is priced.

They come from botocore 1.44's models and from AWS's guides, November 2026.
"""

from local.cost.instances import instance_of
from local.cost.load import Load

#: Bytes of a request to InvokeEndpoint, to a serverless endpoint and to a function.
ENDPOINT_BYTES, SERVERLESS_BYTES, LAMBDA_BYTES = 6_291_456, 4_194_304, 6_291_456
#: Bytes of a request to an asynchronous endpoint, which takes it from S3.
ASYNC_BYTES = 1_073_741_824
#: Milliseconds after which an HTTP API gives up.
API_MS = 30_000
#: Milliseconds that an asynchronous endpoint may take.
ASYNC_MS = 3_600_000
SERVERLESS_GB, SERVERLESS_CONCURRENCY = 6, 200
LAMBDA_GB = 10.24


def instances_refused(load: Load) -> str:
    """Say why an endpoint on instances is not possible; "" if it is."""
    return (
        _not_hosted(load)
        or _too_large(load, ENDPOINT_BYTES, "InvokeEndpoint")
        or _too_slow(load, API_MS, "the HTTP API in front of it")
    )


def serverless_refused(load: Load) -> str:
    """Say why a serverless endpoint is not possible; "" if it is."""
    workload = load.workload
    at_once = load.peak * load.seconds
    if workload.serverless_gb > SERVERLESS_GB:
        return f"serverless_gb {workload.serverless_gb}: there are 1 to {SERVERLESS_GB}"
    if workload.variants > 1:
        return "a serverless endpoint has only one variant and no shadow"
    if at_once > SERVERLESS_CONCURRENCY:
        return f"{at_once:.0f} concurrent requests; a serverless endpoint takes at most 200"
    return (
        _accelerated(load, "a serverless endpoint")
        or _too_large(load, SERVERLESS_BYTES, "a serverless endpoint")
        or _too_slow(load, API_MS, "the HTTP API in front of it")
    )


def async_refused(load: Load) -> str:
    """Say why an asynchronous endpoint is not possible; "" if it is."""
    return (
        _not_hosted(load)
        or _too_large(load, ASYNC_BYTES, "an asynchronous endpoint")
        or _too_slow(load, ASYNC_MS, "an asynchronous endpoint")
    )


def lambda_refused(load: Load) -> str:
    """Say why the model cannot run in a function; "" if it can."""
    if load.workload.lambda_gb > LAMBDA_GB:
        return f"lambda_gb {load.workload.lambda_gb:g}: a function has at most {LAMBDA_GB}"
    return (
        _accelerated(load, "a function")
        or _too_large(load, LAMBDA_BYTES, "a function")
        or _too_slow(load, API_MS, "the HTTP API in front of it")
    )


def multi_model_refused(load: Load) -> str:
    """Say why a multi-model endpoint is not possible; "" if it is."""
    if instance_of(load.workload.endpoint_instance).accelerator.startswith("Inferentia"):
        return "multi-model endpoints run on CPUs or GPUs, not on Inferentia"
    return instances_refused(load)


def transform_refused(load: Load) -> str:
    """Say why batch transform is not possible; "" if it is."""
    name = load.workload.transform_instance
    if instance_of(name).transform:
        return ""
    return f"batch transform does not run on {name} in us-east-1{_history(name)}"


def _not_hosted(load: Load) -> str:
    name = load.workload.endpoint_instance
    if instance_of(name).hosting:
        return ""
    return f"endpoints cannot use {name}{_history(name)}"


def _history(name: str) -> str:
    history = instance_of(name).history
    return f": {history}" if history else ""


def _accelerated(load: Load, where: str) -> str:
    accelerator = instance_of(load.workload.endpoint_instance).accelerator
    return f"{where} has no accelerator, and the workload requires one" if accelerator else ""


def _too_large(load: Load, most: int, where: str) -> str:
    largest = max(load.workload.request_bytes, load.workload.response_bytes)
    return f"{largest:,.0f} bytes: {where} takes at most {most:,}" if largest > most else ""


def _too_slow(load: Load, most: int, where: str) -> str:
    took = load.workload.context_ms
    return f"{took:,.0f} ms: {where} gives up after {most:,}" if took > most else ""
