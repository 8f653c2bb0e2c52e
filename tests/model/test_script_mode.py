"""What SageMaker tells a job becomes arguments and variables."""

import json

import pytest

from model.script_mode import script_mode


@pytest.fixture
def base(tmp_path):
    """What is /opt/ml in a container."""
    config = {
        "hyperparameters": {"name": "v1", "country": "", "depth": "5"},
        "resourceconfig": {"current_host": "algo-1", "hosts": ["algo-1"]},
        "inputdataconfig": {"code": {}, "train": {}, "model": {}},
    }
    folder = tmp_path / "input" / "config"
    folder.mkdir(parents=True)
    for name, content in config.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return tmp_path


def test_without_the_launcher(base):
    """Files of SageMaker become what the launcher would have made of them."""
    given = {"SAGEMAKER_BASE_DIR": str(base), "SM_MODEL_DIR": "/opt/ml/model", "HOME": "/root"}
    arguments, variables = script_mode([], given)

    assert arguments == ["--name=v1", "--country=", "--depth=5"]
    assert variables == given | {
        "SM_HOSTS": '["algo-1"]',
        "SM_MODEL_DIR": f"{base}/model",
        "SM_OUTPUT_DATA_DIR": f"{base}/output/data",
        "SM_CHANNEL_CODE": f"{base}/input/data/code",
        "SM_CHANNEL_TRAIN": f"{base}/input/data/train",
        "SM_CHANNEL_MODEL": f"{base}/input/data/model",
    }


def test_under_the_launcher(base):
    """What the launcher has set stays as it is."""
    given = (["--name", "v2"], {"SAGEMAKER_BASE_DIR": str(base), "SM_HOSTS": '["algo-7"]'})

    assert script_mode(*given) == given


def test_outside_of_a_container(base):
    """Where SageMaker has written nothing, nothing is added."""
    given = (["--name", "v2"], {"SAGEMAKER_BASE_DIR": str(base / "elsewhere")})

    assert script_mode(*given) == given
