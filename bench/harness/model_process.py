"""A process that predicts with one engine: `python -P model_process.py ENGINE FOLDER`.

`bench.model` fills FOLDER: an unpacked artifact, and for each parameter the rows of one request,
those of a batch, and the booster as JSON. The process prints how long the engine took to load. Then
it reads words, and for each prints the seconds that it took, of the clock and of the processor:
`request` and `batch` (the trees alone), `predict_fn` (everything). `values` writes what the trees
predict for the batch.

It also runs in the peer's environment, which has numpy and nothing of ours.
"""

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Predict = Callable[[NDArray[np.float32]], NDArray[np.float32]]

# Engines are imported when they are used, because each environment has only its own.
# ruff: noqa: PLC0415

#: Requests that are timed as one.
REQUESTS = 20


class Ours:
    """Our code with the artifact: boosters, or compiled trees."""

    def __init__(self, folder: Path) -> None:
        from model.inference import input_fn, model_fn, predict_fn

        model = model_fn(str(folder / "artifact"))
        self.predict: dict[str, Predict] = {c: f.predict for c, f in model.forests.items()}
        line = input_fn((folder / "line.json").read_bytes(), "application/json")
        self.predict_fn = lambda: predict_fn(line, model)


class OnnxRuntime:
    """ONNX Runtime, with one thread: a tree ensemble of three targets for each parameter."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime  # type: ignore[import-not-found]  # in the peer's environment

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.predict: dict[str, Predict] = {}
        for path in sorted(folder.glob("*.onnx")):
            session = onnxruntime.InferenceSession(path, options)
            self.predict[path.stem] = partial(_run, session)


def _run(session: Any, rows: NDArray[np.float32]) -> Any:
    return session.run(None, {"x": rows})[0]


def convert(folder: Path) -> None:
    """Write each booster as ONNX, whose converters do not support leaves of several values."""
    # Only in the peer's environment.
    from onnx import TensorProto, helper, save  # type: ignore[import-not-found]

    for path in sorted(folder.glob("*.json")):
        if path.stem == "line":
            continue
        learner = json.loads(path.read_text())["learner"]
        base = json.loads(learner["learner_model_param"]["base_score"])
        attributes = _attributes(learner["gradient_booster"]["model"]["trees"])
        node = helper.make_node(
            "TreeEnsembleRegressor",
            ["x"],
            ["y"],
            domain="ai.onnx.ml",
            n_targets=len(base),
            base_values=base,
            **attributes,
        )
        rows = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, None])
        values = helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, len(base)])
        versions = [helper.make_opsetid("ai.onnx.ml", 3), helper.make_opsetid("", 18)]
        graph = helper.make_graph([node], "forest", [rows], [values])
        model = helper.make_model(graph, opset_imports=versions, ir_version=9)
        save(model, path.with_suffix(".onnx"))


def _attributes(trees: list[dict[str, Any]]) -> dict[str, list[Any]]:
    lists: dict[str, list[Any]] = {}

    def add(**values: object) -> None:
        for name, value in values.items():
            lists.setdefault(name, []).append(value)

    for number, tree in enumerate(trees):
        weights = np.array(tree["leaf_weights"], np.float32).reshape(-1, 3).tolist()
        columns = ("left_children", "right_children", "split_indices", "default_left")
        thresholds = np.array(tree["split_conditions"], np.float32).tolist()
        nodes = zip(thresholds, *(tree[column] for column in columns), strict=True)
        for node, (threshold, left, right, feature, unknown_left) in enumerate(nodes):
            leaf = left < 0
            add(
                nodes_treeids=number,
                nodes_nodeids=node,
                nodes_featureids=feature,
                nodes_values=0.0 if leaf else threshold,
                nodes_modes="LEAF" if leaf else "BRANCH_LT",
                nodes_truenodeids=0 if leaf else left,
                nodes_falsenodeids=0 if leaf else right,
                nodes_missing_value_tracks_true=unknown_left,
            )
            for target, weight in enumerate(weights[right] if leaf else []):
                add(
                    target_treeids=number,
                    target_nodeids=node,
                    target_ids=target,
                    target_weights=weight,
                )
    return lists


def _work(engine: Any, folder: Path) -> dict[str, Callable[[], object]]:
    codes = sorted(engine.predict)
    request = {code: np.load(folder / f"{code}-request.npy") for code in codes}
    batch = {code: np.load(folder / f"{code}-batch.npy") for code in codes}

    def values() -> None:
        for code in codes:
            np.save(folder / f"{code}-values.npy", engine.predict[code](batch[code]))

    return {
        "request": lambda: [
            engine.predict[code](request[code]) for _ in range(REQUESTS) for code in codes
        ],
        "batch": lambda: [engine.predict[code](batch[code]) for code in codes],
        "predict_fn": lambda: [engine.predict_fn() for _ in range(REQUESTS)],
        "values": values,
    }


def main() -> None:
    """Load the engine, print how long that took, and answer until the input ends."""
    engine, folder = sys.argv[1], Path(sys.argv[2])
    if engine == "convert":
        convert(folder)
        return
    start = time.perf_counter()
    loaded = OnnxRuntime(folder) if engine == "onnxruntime" else Ours(folder)
    seconds = time.perf_counter() - start
    work = _work(loaded, folder)
    print(json.dumps([seconds, seconds]), flush=True)
    for line in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        work[line.strip()]()
        print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]), flush=True)


if __name__ == "__main__":
    main()
