"""The state machine of trainings as a stack deploys it, and what it asks of Spark."""

import json

from tests.dynamodb_local import ROOT


def definition_of(stack):
    """Return the definition of the training's state machine, with the values of a stack."""
    machine = stack.template["Resources"]["TrainingStateMachine"]["Properties"]
    text = (ROOT / machine["DefinitionUri"]).read_text()
    for name, value in stack.resolve(machine["DefinitionSubstitutions"]).items():
        text = text.replace(f"${{{name}}}", str(value))
    return json.loads(text)


def spark_request(stack):
    """Return the request for a job of EMR Serverless, and the settings of Spark in it."""
    arguments = definition_of(stack)["States"]["PrepareSet"]["Arguments"]
    words = arguments["JobDriver"]["SparkSubmit"]["SparkSubmitParameters"].split()
    assert set(words[::2]) == {"--conf"}
    return arguments, dict(word.split("=", 1) for word in words[1::2])
