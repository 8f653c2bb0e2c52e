"""What SageMaker tells a training job, in the words of its script mode.

SageMaker writes files into /opt/ml. The launcher of the XGBoost image makes arguments and variables
of them. A job with an entry point of its own (`ContainerEntrypoint`) starts without the launcher,
which would overwrite the reason of a failure and keep SIGTERM from us.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def script_mode(
    arguments: Sequence[str], variables: Mapping[str, str]
) -> tuple[Sequence[str], Mapping[str, str]]:
    """Return arguments and variables of a job, as script mode has them.

    Outside of a container, and under the launcher, they are what they are already.

    Args:
        arguments: Those of the process.
        variables: The environment; `SAGEMAKER_BASE_DIR` is the folder, if it is not /opt/ml.
    """
    base = Path(variables.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
    config = base / "input" / "config"
    # The image sets SM_MODEL_DIR, but not this one.
    if "SM_HOSTS" in variables or not config.is_dir():
        return arguments, variables
    hyperparameters = _read(config / "hyperparameters.json")
    channels = _read(config / "inputdataconfig.json")
    found = {
        "SM_HOSTS": json.dumps(_read(config / "resourceconfig.json")["hosts"]),
        "SM_MODEL_DIR": str(base / "model"),
        "SM_OUTPUT_DATA_DIR": str(base / "output" / "data"),
    }
    found |= {
        f"SM_CHANNEL_{name.upper()}": str(base / "input" / "data" / name) for name in channels
    }
    return [f"--{name}={value}" for name, value in hyperparameters.items()], {**variables, **found}


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_bytes())
    return content
