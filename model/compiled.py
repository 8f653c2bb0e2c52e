"""Compiled forests: trees as flat arrays, and the few machine instructions that walk them.

An artifact holds, for each parameter, a file of arrays (`Trees`), and for each platform one small
library (`local/compiling/walker.c` is its source). It needs numpy and ctypes, and no XGBoost.

Every tree is stored as if it were complete: a path that ends early goes on, to the same leaf on
both sides. So all rows go down all levels of a tree, a node's children are where they are found by
counting, and nothing has to be guessed by the processor. This is why trees of many levels are not
compiled (`MAX_DEPTH`).
"""

from __future__ import annotations

import ctypes
import platform
import struct
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from model.errors import ArtifactError
from model.forest import Forest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from model.features import Floats

#: A complete tree of so many levels has 4,096 leaves.
MAX_DEPTH = 12

#: Values of a leaf: p10, p50, p90.
OUTPUTS = 3

#: `split`: number of the feature, twice, and 1 more where an unknown value goes left.
NODE = np.dtype([("threshold", "<f4"), ("split", "<u4")])

_MAGIC = b"SCF1"
_HEADER = struct.Struct("<4sii3f")
_FUNCTION = "walk_forest"


@dataclass(frozen=True, slots=True)
class Trees:
    """The trees of one parameter, T of them, each complete.

    Attributes:
        width: Features of a row.
        base: float32 [3], what the leaves of all trees are added to.
        depths: int32 [T], levels of each tree; a tree of one leaf has none.
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
        """Write the trees as an artifact holds them; the same trees give the same bytes."""
        header = _HEADER.pack(_MAGIC, self.width, len(self.depths), *self.base.tolist())
        arrays = (self.depths, self.nodes, self.leaves)
        return header + b"".join(array.tobytes() for array in arrays)

    @classmethod
    def from_bytes(cls, content: bytes) -> Trees:
        """Read what `to_bytes` wrote.

        Raises:
            ValueError: It did not write this; says why.
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
        # The library looks where it is told to: nothing must point outside of a row.
        if nodes.size and int(nodes["split"].max()) >> 1 >= width:
            raise ValueError(f"a node reads a feature beyond the {width} of a row")
        values = np.frombuffer(content, "<f4", leaves * OUTPUTS, end).reshape(-1, OUTPUTS)
        return cls(width, np.array(base, np.float32), depths, nodes, values)


class CompiledForest(Forest):
    """A forest that a library walks; see `model.forest.Forest`.

    Args:
        trees: What is walked.
        walk: The library's function.
    """

    def __init__(self, trees: Trees, walk: Callable[..., None]) -> None:
        self.trees = trees
        self._walk = walk
        arrays = (trees.nodes, trees.leaves, trees.depths)
        # Where the arrays are does not change, and to ask costs more than to walk a tree.
        self._where = (*(a.ctypes.data for a in arrays), len(trees.depths), trees.base.ctypes.data)

    def predict(self, rows: Floats) -> Floats:
        """Ask every tree, see `model.forest.Forest`.

        Raises:
            ValueError: Rows have another number of features.
        """
        rows = np.ascontiguousarray(rows, np.float32)
        if rows.ndim != 2 or rows.shape[1] != self.trees.width:  # noqa: PLR2004 -- rows, features
            raise ValueError(f"rows must have {self.trees.width} features, not shape {rows.shape}")
        values = np.empty((len(rows), OUTPUTS), np.float32)
        self._walk(*self._where, rows.ctypes.data, *rows.shape, values.ctypes.data)
        return values


def this_platform() -> str:
    """Name the platform of this process: `linux-x86_64`, `linux-aarch64`."""
    return f"{sys.platform}-{platform.machine()}"


def library_name(name: str) -> str:
    """Return where in an artifact the library of a platform is."""
    return f"libraries/{name}.so"


def trees_name(code: str) -> str:
    """Return where in an artifact the trees of a parameter are."""
    return f"forests/{code}.trees"


def open_library(path: Path) -> Callable[..., None]:
    """Load a library; return the function that walks forests.

    Raises:
        ArtifactError: It is none, or of another platform.
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
        compiled: What its manifest says of how it is compiled.
        widths: Features of a row, by parameter code.

    Raises:
        ArtifactError: It is for other platforms, or a file of it is damaged.
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
