"""What SageMaker leaves of training jobs, ready-made for tests."""

import io
import json
import tarfile

from model.artifact import artifact_of


def put_job(bucket, name, model, *, accepted):
    """Put the files of a job that has trained a model and judged it; there was none in use.

    Args:
        bucket: A resource of boto3.
        name: Name of the job.
        model: What it has trained.
        accepted: How it has judged that.
    """
    judgement = {
        "candidate": model.name,
        "in_use": None,
        "since": "2026-11-01T00:00:00Z",
        "accepted": accepted,
        "gain": 0.1,
        "reasons": [],
        "comparisons": {},
        "left_out": [],
    }
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w:gz") as archive:
        info = tarfile.TarInfo("judgement.json")
        content = json.dumps(judgement).encode()
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    folder = f"training/jobs/{name}/output"
    bucket.put_object(Key=f"{folder}/model.tar.gz", Body=artifact_of(model))
    bucket.put_object(Key=f"{folder}/output.tar.gz", Body=output.getvalue())
