"""The entry point of training in SageMaker's XGBoost image: `python -m model.train`.

It keeps to SageMaker's script mode, with the image's launcher or without (`model.script_mode`). The
hyperparameters are its arguments, and these variables say where everything is:

    SM_CHANNEL_TRAIN      the training set (`model.training_set`)
    SM_CHANNEL_MODEL      model.tar.gz of the model in use; not set before the first one
    SM_MODEL_DIR          gets the artifact's files, of which SageMaker makes model.tar.gz
    SM_OUTPUT_DATA_DIR    gets scores.json and judgement.json (`model.judgement`); beside it,
                          `failure` gets the reason of a failure
    SM_HOSTS              the hosts of the job as JSON, of which there must be one

Stations that are held out (`model.stations`) are only judged on. If the job is stopped by SIGTERM,
as on spot instances, it leaves nothing that is half written.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from model.artifact import artifact_files, load, unpack
from model.candidate import Scored, archive_for, make_possible
from model.errors import ModelError, StoppedError, TrainingError
from model.evaluation import report_of
from model.judgement import Judge, Judgement
from model.prediction import ForecastParameter, Model
from model.script_mode import script_mode
from model.stations import apart
from model.training import DEPTH
from model.training_set import TrainingSet

#: SageMaker shows so many characters of a reason.
_REASON = 1024
_MAX_DEPTH = 16


class _Hyperparameters(argparse.ArgumentParser):
    """Hyperparameters, which SageMaker passes on as text."""

    def __init__(self) -> None:
        super().__init__("train", allow_abbrev=False)
        self.add_argument("--parameter", default="", help="Forecast it only, e.g. pm25.")
        self.add_argument("--country", default="", help="Learn from its stations only, e.g. US.")
        self.add_argument("--name", required=True, help="The model's name.")
        self.add_argument("--depth", type=_depth, default=DEPTH, help="Levels of a tree.")

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong, so that it becomes the reason of the job's failure."""
        raise TrainingError(f"hyperparameters: {message}")


def main(arguments: Sequence[str], variables: Mapping[str, str]) -> int:
    """Train a model; return the exit status, 1 for a failure.

    Args:
        arguments: The hyperparameters, e.g. `--parameter pm25 --name v1`.
        variables: The environment.
    """
    signal.signal(signal.SIGTERM, _stop)
    try:
        _train(arguments, variables)
    except (ModelError, OSError, MemoryError) as error:
        reason = str(error) or repr(error)
        sys.stderr.write(f"{reason}\n")
        if output := variables.get("SM_OUTPUT_DATA_DIR"):
            Path(output).with_name("failure").write_text(reason[:_REASON])
        return 1
    return 0


def _train(arguments: Sequence[str], variables: Mapping[str, str]) -> None:
    folders = [Path(_variable(variables, name)) for name in _FOLDERS]
    _check_hosts(_variable(variables, "SM_HOSTS"))
    wanted = _Hyperparameters().parse_args(arguments)
    folder, model, output = folders
    in_use = _in_use(variables)
    training_set = TrainingSet.open(folder)
    codes = (wanted.parameter,) if wanted.parameter else training_set.parameters
    learned, out = apart(archive_for(training_set, codes, wanted.country))
    targets = tuple(map(training_set.target, codes))
    made = make_possible(learned, targets, wanted.name, _quiet, wanted.depth)
    judgement = Judge(in_use, learned, out).judge(made.model, made.scores)
    # Writing takes a moment, so whoever stops the job from here on gets all of it.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _write(made, judgement, model, output)
    load(model)  # a job that ends well has made a model that can be used


_FOLDERS = ("SM_CHANNEL_TRAIN", "SM_MODEL_DIR", "SM_OUTPUT_DATA_DIR")


def _in_use(variables: Mapping[str, str]) -> Model | None:
    """Load the model in use, if there is one."""
    folder = variables.get("SM_CHANNEL_MODEL")
    if folder is None:
        return None
    with tempfile.TemporaryDirectory() as unpacked:
        unpack(Path(folder) / "model.tar.gz", Path(unpacked))
        return load(Path(unpacked))


def _variable(variables: Mapping[str, str], name: str) -> str:
    try:
        return variables[name]
    except KeyError:
        raise TrainingError(f"{name} is not set; SageMaker's script mode sets it") from None


def _check_hosts(text: str) -> None:
    """Refuse more than one host.

    XGBoost 3.2 makes a different model on each, and some of them forecast NaN.
    """
    try:
        hosts = [str(host) for host in json.loads(text)]
    except (ValueError, TypeError):
        raise TrainingError(f"SM_HOSTS is not a list of hosts: {text}") from None
    if len(hosts) != 1:
        raise TrainingError(
            f"{len(hosts)} hosts ({', '.join(hosts)}): a model is trained on one, as XGBoost makes "
            "different models of three values a leaf on several; set InstanceCount to 1"
        )


def _depth(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= _MAX_DEPTH:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {_MAX_DEPTH}")


def _quiet(
    targets: Iterable[ForecastParameter], _title: str, _count: int
) -> Iterable[ForecastParameter]:
    return targets


def _write(made: Scored, judgement: Judgement, model_folder: Path, output: Path) -> None:
    """Write scores, judgement, and the artifact's files, model.json last."""
    model, scores, left_out = made
    report = report_of(model.name, str(model.training["held_back_from"]), scores)
    judged = judgement.to_json() | {"left_out": left_out}
    output.mkdir(parents=True, exist_ok=True)
    for name, content in (("scores.json", report), ("judgement.json", judged)):
        (output / name).write_text(json.dumps(content, indent=1) + "\n")
    files = artifact_files(model)
    for name in sorted(files, key="model.json".__eq__):
        path = model_folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[name])


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise StoppedError("stopped by SIGTERM before the model was trained; start the job again")


if __name__ == "__main__":
    sys.exit(main(*script_mode(sys.argv[1:], os.environ)))  # noqa: TID251 -- as a handler does
