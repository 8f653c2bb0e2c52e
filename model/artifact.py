"""The model artifact, `model.tar.gz`: writing it, unpacking it, loading the model in it.

    model.json             name, parameters, training window and network, scores
    boosters/<code>.ubj    one XGBoost booster for each parameter; each leaf holds three values
    forests/<code>.trees   instead of those in a compiled artifact, with libraries/<platform>.so
    code/inference.py      the SageMaker entry point
    code/model/*.py        this package

An artifact made by another version of the features is refused when it is loaded. Otherwise it
would load, and its forecasts would be nonsense.

XGBoost takes a second to import, and compiled artifacts do not need it. So it is imported only
when boosters are loaded or saved.
"""

import gzip
import io
import json
import posixpath
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from model.chance import Chances
from model.circle import CIRCULAR
from model.compiled import load_compiled
from model.errors import ArtifactError
from model.features import feature_names
from model.forest import Forest
from model.network import QUANTILES, Network
from model.prediction import Calibration, ForecastParameter, Model

#: Format 1 has no parameters with chances, and formats 1 and 2 do not describe the network.
FORMAT = 3
_READABLE = (1, 2, FORMAT)

#: What is raised by an archive that is damaged.
_DAMAGED = (OSError, EOFError, zlib.error, tarfile.TarError)


def save(model: Model, path: Path) -> None:
    """Write `model.tar.gz`, completely or not at all; the same model gives the same bytes.

    Raises:
        ArtifactError: The forests are compiled.
    """
    _write(path, artifact_files(model))


def artifact_of(model: Model) -> bytes:
    """Return the bytes of `model.tar.gz`; the same model gives the same bytes.

    Raises:
        ArtifactError: The forests are compiled.
    """
    return _tar_gz(artifact_files(model))


def artifact_files(model: Model) -> dict[str, bytes]:
    """Return the files of a model's artifact, by name within it; model.json is the first.

    Raises:
        ArtifactError: The forests are compiled.
    """
    from model.boosters import VERSION, booster_files  # noqa: PLC0415 -- see the module's docstring

    manifest = {
        "format": FORMAT,
        "name": model.name,
        "xgboost": VERSION,
        "targets": [asdict(target) for target in model.targets],
        "covariates": model.covariates,
        "features": _features(model.parameters, model.covariates),
        "calibration": {code: asdict(c) for code, c in model.calibration.items()},
        "chances": {code: asdict(c) for code, c in model.chances.items()},
        "network": {code: asdict(network) for code, network in model.network.items()},
        "training": model.training,
        "scores": model.scores,
    }
    return _files(manifest, booster_files(model.forests))


def write(path: Path, manifest: Mapping[str, Any], forests: Mapping[str, bytes]) -> None:
    """Write an artifact, completely or not at all; the same content gives the same bytes.

    Args:
        path: The file.
        manifest: Content of `model.json`.
        forests: Contents of the files that hold the forests, by name within the artifact.
    """
    _write(path, _files(manifest, forests))


def _files(manifest: Mapping[str, Any], forests: Mapping[str, bytes]) -> dict[str, bytes]:
    # Not manifest.json, because AWS's multi-model server has its own file of that name.
    return {"model.json": json.dumps(manifest, indent=1).encode(), **forests, **_files_with_hooks()}


def _write(path: Path, files: Mapping[str, bytes]) -> None:
    part = path.with_name(path.name + ".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(_tar_gz(files))
    part.replace(path)


def load(folder: Path) -> Model:
    """Load an unpacked artifact.

    Raises:
        ArtifactError: The folder is not an artifact, or another version made it.
    """
    manifest = _manifest(folder)
    try:
        return _model(folder, manifest)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ArtifactError(f"{folder}: not a manifest of this version: {error!r}") from error


def _model(folder: Path, manifest: dict[str, Any]) -> Model:
    targets = tuple(ForecastParameter(**target) for target in manifest["targets"])
    codes = tuple(target.code for target in targets)
    # An artifact of before there were covariates does not name them.
    covariates = tuple(manifest.get("covariates", ()))
    if manifest["features"] != _features(codes, covariates):
        raise ArtifactError(f"{folder}: made with different features; train the model again")
    return Model(
        name=manifest["name"],
        targets=targets,
        forests=_forests(folder, manifest),
        calibration={code: _calibration(manifest["calibration"][code]) for code in codes},
        chances={t.code: _chances(manifest["chances"][t.code]) for t in targets if t.zeros},
        training=manifest["training"],
        scores=manifest["scores"],
        covariates=covariates,
        network=_network_of(manifest),
    )


def _features(codes: tuple[str, ...], covariates: tuple[str, ...]) -> dict[str, list[str]]:
    return {code: feature_names(codes, code, covariates) for code in codes}


def unpack(path: Path, folder: Path) -> None:
    """Unpack `model.tar.gz` into *folder*.

    No file leaves the folder, and no link points outside of it.

    Raises:
        ArtifactError: The file is missing, truncated, or not a gzipped tar.
    """
    try:
        with _opened(path.read_bytes()) as tar:
            tar.extractall(folder, filter="data")
    except _DAMAGED as error:
        raise ArtifactError(f"{path}: not a model artifact: {error}") from error


def _opened(artifact: bytes) -> tarfile.TarFile:
    # Decompressed first: gzip checks length and sum, and tarfile would miss a lost end.
    return tarfile.open(fileobj=io.BytesIO(gzip.decompress(artifact)))


def repack(artifact: bytes) -> bytes:
    """Return an artifact with the same files, in the form in which `save` writes it.

    SageMaker packs the files of a training job in an order of its own, and with times.

    Raises:
        ArtifactError: It is not a model artifact.
    """
    try:
        with _opened(artifact) as tar:
            members = {posixpath.normpath(each.name): tar.extractfile(each) for each in tar}
            files = {name: member.read() for name, member in members.items() if member}
    except _DAMAGED as error:
        raise ArtifactError(f"not a model artifact: {error!r}") from error
    if "model.json" not in files:
        raise ArtifactError("not a model artifact: it has no model.json")
    return _tar_gz(files)


class Description(NamedTuple):
    """What an artifact says of its model.

    Attributes:
        name: The model's name.
        parameters: Codes of what it forecasts.
        network: What it learned on, by parameter code; empty if the artifact is older than such
            descriptions.
    """

    name: str
    parameters: tuple[str, ...]
    network: dict[str, Network]


def described_in(artifact: bytes) -> Description:
    """Read the description out of the bytes of `model.tar.gz`, without loading the model.

    Raises:
        ArtifactError: It is not a model artifact.
    """
    try:
        # Only up to the manifest, which is the first file.
        with tarfile.open(fileobj=io.BytesIO(artifact), mode="r|gz") as tar:
            first = tar.next()
            content = tar.extractfile(first) if first else None
            manifest = json.loads(content.read()) if content else {}
        codes = tuple(target["code"] for target in manifest["targets"])
        return Description(manifest["name"], codes, _network_of(manifest))
    except (*_DAMAGED, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArtifactError(f"not a model artifact: {error!r}") from error


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / "model.json"
    try:
        manifest: dict[str, Any] = json.loads(path.read_bytes())
        version = manifest["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"{path}: not a model manifest: {error}") from error
    if version not in _READABLE:
        raise ArtifactError(
            f"{path}: has format {version}, but this version reads 1 to {FORMAT}; "
            "train the model again"
        )
    return manifest


def _calibration(factors: dict[str, list[float]]) -> Calibration:
    return Calibration(tuple(factors["growth"]), tuple(factors["low"]), tuple(factors["high"]))


def _chances(chances: dict[str, Any]) -> Chances:
    return Chances(tuple(chances["amounts"]), chances["kappa"])


def _network_of(manifest: dict[str, Any]) -> dict[str, Network]:
    return {code: _network(code, each) for code, each in manifest.get("network", {}).items()}


def _network(code: str, described: dict[str, Any]) -> Network:
    south, north = described["latitude"]
    places = tuple((north, east) for north, east in described.get("places", ()))
    # Of directions, only the spread has quantiles.
    described_by = ("spread",) if code in CIRCULAR else ("quantiles", "spread")
    numbers = {name: _quantiles(described[name]) for name in described_by}
    return Network(**described | {"latitude": (south, north), "places": places} | numbers)


def _quantiles(described: dict[str, float]) -> dict[str, float]:
    return {name: float(described[name]) for name in QUANTILES}


def _forests(folder: Path, manifest: dict[str, Any]) -> Mapping[str, Forest]:
    widths = {code: len(names) for code, names in manifest["features"].items()}
    if "compiled" in manifest:
        return load_compiled(folder, manifest["compiled"], widths)
    from model.boosters import load_boosters  # noqa: PLC0415 -- see the module's docstring

    return load_boosters(folder, tuple(widths))


def code_files() -> dict[str, bytes]:
    """Return the modules of this package, by name, e.g. `model/train.py`."""
    package = Path(__file__).parent
    return {f"model/{p.name}": p.read_bytes() for p in sorted(package.glob("*.py"))}


def _files_with_hooks() -> dict[str, bytes]:
    hooks = b"from model.inference import input_fn, model_fn, output_fn, predict_fn  # noqa: F401\n"
    modules = {f"code/{name}": content for name, content in code_files().items()}
    return {"code/inference.py": hooks, **modules}


def _tar_gz(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    # The manifest is the first, see `described_in`.
    in_order = sorted(files.items(), key=lambda item: (item[0] != "model.json", item[0]))
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for name, content in in_order:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()
