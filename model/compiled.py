"""Compiled forests: trees as flat arrays, and a small library that walks them.

An artifact holds a file of arrays (`Trees`) for each parameter, and a small library for each
platform (its source is `local/compiling/walker.c`). It needs numpy and ctypes, but no XGBoost.

Every tree is stored as a complete tree: a path that ends early continues to the same leaf on both
sides. So all rows pass all levels of a tree, the index of a node's children is computed, and the
processor has no branch to predict. This is why deep trees are not compiled (`MAX_DEPTH`).
"""

import ctypes
import platform
import struct
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.errors import ArtifactError
from model.features import Floats
from model.forest import Forest

#: A complete tree with this many levels has 4,096 leaves.
MAX_DEPTH = 12

#: Values of a leaf; see `model.forest.Forest`.
OUTPUTS = 3

#: `split` is twice the number of the feature, plus 1 if an unknown value goes left.
NODE = np.dtype([("threshold", "<f4"), ("split", "<u4")])

_MAGIC = b"SCF1"
_HEADER = struct.Struct("<4sii3f")
_FUNCTION = "walk_forest"


@dataclass(frozen=True, slots=True)
class Trees:
    """The T complete trees of one parameter.

    Attributes:
        width: Number of features of a row.
        base: float32 [3], to which the leaves of all trees are added.
        depths: int32 [T], levels of each tree; 0 for a tree with a single leaf.
        nodes: `NODE` [sum of 2^depth - 1]: tree after tree, level after level, left to right. A
            value below the threshold goes left.
        leaves: float32 [sum of 2^depth, 3], in the same order.
    """

    width: int
    base: Floats
    depths: NDArray[np.int32]
    nodes: NDArray[np.void]
    leaves: Floats

    def to_bytes(self) -> bytes:
        """Return the trees as a file of an artifact; the same trees give the same bytes."""
        header = _HEADER.pack(_MAGIC, self.width, len(self.depths), *self.base.tolist())
        arrays = (self.depths, self.nodes, self.leaves)
        return header + b"".join(array.tobytes() for array in arrays)

    @classmethod
    def from_bytes(cls, content: bytes) -> "Trees":
        """Read the result of `to_bytes`.

        Raises:
            ValueError: *content* is malformed; the message says why.
        """
        magic, width, count, *base = _HEADER.unpack_from(content.ljust(_HEADER.size, b"\0"))
        if magic != _MAGIC:
            raise ValueError("the first bytes are wrong")
        depths = np.frombuffer(content, "<i4", max(0, count), _HEADER.size)
        if depths.size and not 0 <= depths.min() <= depths.max() <= MAX_DEPTH:
            raise ValueError(f"a tree does not have 0 to {MAX_DEPTH} levels")
        leaves = int((1 << depths).sum())
        start = _HEADER.size + depths.nbytes
        end = start + (leaves - len(depths)) * NODE.itemsize
        size = end + leaves * OUTPUTS * 4
        if len(content) != size:
            raise ValueError(f"expected {size} bytes, got {len(content)}")
        nodes = np.frombuffer(content, NODE, leaves - len(depths), start)
        # The library checks no bounds, so no node may point outside of a row.
        if nodes.size and int(nodes["split"].max()) >> 1 >= width:
            raise ValueError(f"a node reads a feature beyond the {width} of a row")
        values = np.frombuffer(content, "<f4", leaves * OUTPUTS, end).reshape(-1, OUTPUTS)
        return cls(width, np.array(base, np.float32), depths, nodes, values)


class CompiledForest(Forest):
    """A forest that a library walks; see `model.forest.Forest`.

    Args:
        trees: The trees.
        walk: The library's function.
    """

    def __init__(self, trees: Trees, walk: Callable[..., None]) -> None:
        self.trees = trees
        self._walk = walk
        arrays = (trees.nodes, trees.leaves, trees.depths)
        # The addresses never change, and looking them up costs more than walking a tree.
        self._where = (*(a.ctypes.data for a in arrays), len(trees.depths), trees.base.ctypes.data)

    def predict(self, rows: Floats) -> Floats:
        """Evaluate every tree, see `model.forest.Forest`.

        Raises:
            ValueError: Rows have a wrong number of features.
        """
        rows = np.ascontiguousarray(rows, np.float32)
        if rows.ndim != 2 or rows.shape[1] != self.trees.width:  # noqa: PLR2004 -- rows, features
            raise ValueError(f"rows must have {self.trees.width} features, not shape {rows.shape}")
        values = np.empty((len(rows), OUTPUTS), np.float32)
        self._walk(*self._where, rows.ctypes.data, *rows.shape, values.ctypes.data)
        return values


def this_platform() -> str:
    """Return the name of this platform, such as `linux-x86_64` or `linux-aarch64`."""
    return f"{sys.platform}-{platform.machine()}"


def library_name(name: str) -> str:
    """Return the name within an artifact of a platform's library."""
    return f"libraries/{name}.so"


def trees_name(code: str) -> str:
    """Return the name within an artifact of a parameter's trees."""
    return f"forests/{code}.trees"


def open_library(path: Path) -> Callable[..., None]:
    """Load a library; return the function that walks forests.

    Raises:
        ArtifactError: The file is not a library, or is one for another platform.
    """
    try:
        walk: Any = getattr(ctypes.CDLL(str(path)), _FUNCTION)
    except (OSError, AttributeError) as error:
        raise ArtifactError(f"{path}: not a library for this machine: {error}") from error
    pointer = ctypes.c_void_p
    arrays = [pointer, pointer, pointer, ctypes.c_int32, pointer]
    walk.argtypes = [*arrays, pointer, ctypes.c_int64, ctypes.c_int64, pointer]
    walk.restype = None
    function: Callable[..., None] = walk
    return function


def load_compiled(
    folder: Path, compiled: Mapping[str, Any], widths: Mapping[str, int]
) -> dict[str, CompiledForest]:
    """Load the forests of an unpacked artifact, by parameter code.

    Args:
        folder: The artifact.
        compiled: Its manifest's entry `compiled`.
        widths: Number of features of a row, by parameter code.

    Raises:
        ArtifactError: It was compiled for other platforms, or one of its files is damaged.
    """
    here = this_platform()
    if here not in compiled["platforms"]:
        raise ArtifactError(
            f"{folder}: compiled for {', '.join(compiled['platforms'])}, but this machine is "
            f"{here}; "
            "use the model it was compiled from, or run `stationcast compile` on that model here"
        )
    walk = open_library(folder / library_name(here))
    return {
        code: CompiledForest(_read(folder / trees_name(code), width), walk)
        for code, width in widths.items()
    }


def _read(path: Path, width: int) -> Trees:
    try:
        trees = Trees.from_bytes(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{path}: not compiled trees: {error}") from error
    if trees.width != width:
        raise ArtifactError(f"{path}: the compiled trees use {trees.width} features, not {width}")
    return trees
