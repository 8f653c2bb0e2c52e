"""OGC's own schemas of EDR 1.2, from the bundle that it publishes."""

import json
from functools import cache
from pathlib import Path

from jsonschema import Draft202012Validator

_FILE = Path(__file__).parent / "golden" / "ogc_edr_1_2.json"


def check(name, answer):
    """Hold an answer (JSON, parsed) to the schema of that name; fails with the first error."""
    _validator(name).validate(answer)


@cache
def _validator(name):
    schemas = json.loads(_FILE.read_text())
    schemas["$ref"] = f"#/components/schemas/{name}"
    return Draft202012Validator(schemas)
