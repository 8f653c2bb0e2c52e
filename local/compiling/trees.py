"""Converts boosters of XGBoost to the trees of a compiled artifact (`model.compiled`)."""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from local.errors import CompilationError
from model.boosters import Booster
from model.compiled import MAX_DEPTH, NODE, OUTPUTS, Trees
from model.features import Floats

_LEAF = -1

#: Rows that both forms predict before a compiled one is written.
SAMPLE = 20_000
_SEED = 20131230


def trees_of(booster: Booster) -> Trees:
    """Convert the trees of a booster.

    Raises:
        CompilationError: They have unsupported leaves or splits, or too many levels.
    """
    learner = json.loads(booster.booster.save_raw("json"))["learner"]
    shape = learner["learner_model_param"]
    model = learner["gradient_booster"].get("model", {})
    trees = [_Tree(tree) for tree in model.get("trees", [])]
    if not trees or not all(tree.is_plain for tree in trees):
        raise CompilationError(
            f"only trees with {OUTPUTS} values a leaf and plain splits are compiled"
        )
    parts = [tree.complete() for tree in trees]
    return Trees(
        width=int(shape["num_feature"]),
        base=_margin(json.loads(shape["base_score"]), learner["objective"]["name"]),
        depths=np.array([tree.depth for tree in trees], np.int32),
        nodes=np.concatenate([nodes for nodes, _ in parts]),
        leaves=np.concatenate([leaves for _, leaves in parts]),
    )


def _margin(base: list[float], objective: str) -> Floats:
    """Return what the leaves are added to; of chances, XGBoost saves its logistic."""
    scores = np.array(base, np.float32)
    return -np.log(1 / scores - 1) if objective == "binary:logistic" else scores


class _Tree:
    """A tree in XGBoost's JSON: lists of children by node; children come after parents."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self._left: list[int] = tree["left_children"]
        self._right: list[int] = tree["right_children"]
        self.is_plain = len(tree.get("leaf_weights", [])) > 0 and not any(tree["split_type"])
        self.is_plain &= tree["tree_param"]["size_leaf_vector"] == str(OUTPUTS)
        self._nodes = np.empty(len(self._left), NODE)
        self._nodes["threshold"] = tree["split_conditions"]
        splits = np.array(tree["split_indices"], np.uint32) * 2
        self._nodes["split"] = splits + np.array(tree["default_left"], np.uint32)
        # For a leaf, XGBoost keeps the index of its values in place of the right child.
        self._weights = np.array(tree.get("leaf_weights", []), np.float32)
        self.depth = self._depth()

    def _depth(self) -> int:
        depths = [0] * len(self._left)
        for node, left in enumerate(self._left):
            if left != _LEAF:
                depths[left] = depths[self._right[node]] = depths[node] + 1
        return max(depths)

    def complete(self) -> tuple[NDArray[np.void], Floats]:
        """Return its nodes and leaves, extended to a complete tree.

        Raises:
            CompilationError: It has too many levels.
        """
        if self.depth > MAX_DEPTH:
            raise CompilationError(
                f"a tree has {self.depth} levels, and at most {MAX_DEPTH} are compiled; "
                f"train with --depth {MAX_DEPTH} or less"
            )
        level, nodes = [0], []
        for _ in range(self.depth):
            nodes += level
            level = [child for node in level for child in self._children(node)]
        leaves = self._weights.reshape(-1, OUTPUTS)[[self._right[leaf] for leaf in level]]
        return self._nodes[nodes], leaves

    def _children(self, node: int) -> tuple[int, int]:
        """Return both children; a leaf is its own child, so that all paths have the same length."""
        if self._left[node] == _LEAF:
            return node, node
        return self._left[node], self._right[node]


def sample_rows(trees: Trees, count: int = SAMPLE) -> Floats:
    """Draw rows that are hard for trees, [count, features].

    Every value is a node's threshold, the number just below or above it, 0, NaN or an infinity.
    """
    random = np.random.default_rng(_SEED)
    rows = np.empty((count, trees.width), np.float32)
    features = trees.nodes["split"] >> 1
    for feature in range(trees.width):
        known = np.unique(trees.nodes["threshold"][features == feature])
        rows[:, feature] = random.choice(_hard_values(known), count)
    return rows


def _hard_values(thresholds: Floats) -> Floats:
    infinity = np.float32(np.inf)
    near = [np.nextafter(thresholds, -infinity), thresholds, np.nextafter(thresholds, infinity)]
    # One in ten is NaN or infinite, so that numbers decide most paths.
    values = np.concatenate([*near, np.zeros(1, np.float32)])
    rare = np.tile(np.array([np.nan, np.inf, -np.inf], np.float32), 1 + len(values) // 27)
    return np.concatenate([values, rare])
