"""The code of training jobs: the package `model`, in a folder that is named after its content.

So a job has the code of the version that started it, and no upload changes what another job reads.
"""

from hashlib import sha256

from batch_jobs.observations.files import Location
from model.artifact import code_files


def put_code(location: Location) -> str:
    """Write the package `model`; it may be there already.

    Args:
        location: Where trainings are, such as `s3://bucket/training`.

    Returns:
        The folder below it, with a slash at its end.

    Raises:
        FileError: It cannot be written.
    """
    files = code_files()
    digest = sha256(repr(files).encode()).hexdigest()
    folder = f"code/{digest}/"
    for name, content in files.items():
        location.write(folder + name, content)
    return folder
