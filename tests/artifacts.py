"""Model artifacts that differ from those that training writes."""

import tarfile

from model.artifact import unpack


def changed_artifact(model_path, path, **code):
    """Write a copy of an artifact to *path*, with lines added to modules of its code.

    Args:
        model_path: The artifact.
        path: The copy; its name without `.tar.gz` is used for a folder beside it.
        code: Lines by path below `code/`, without `.py`, with `__` for `/`.
    """
    folder = path.with_suffix(".unpacked")
    unpack(model_path, folder)
    for module, lines in code.items():
        with (folder / "code" / (module.replace("__", "/") + ".py")).open("a") as file:
            file.write(f"\n{lines}\n")
    with tarfile.open(path, "w:gz") as tar:
        tar.add(folder, arcname="")
    return path
