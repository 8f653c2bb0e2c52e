"""A deployment makes a new version of a function if, and only if, the function changes.

Without a new version the alias `live` stays on the old settings, and Lambda refuses a new version
of an unchanged function, which fails the deployment.
"""

import pytest

from tests.realtime_stacks import ACCEPTED
from tests.stack import Stack

PARAMETERS = Stack().template["Parameters"]

#: Other values of the parameters whose pattern only a person can fill.
OTHERS = {
    "TableName": ["stationcast-restored"],
    "ObservationsPrefix": ["other"],
    "FetchIem": ["all"],
    "FetchOpenAQ": ["country=DE"],
    "FetchOpenAQArchive": ["stations=2178"],
    "OpenAQKeyParameter": ["/other"],
    "ForecastModel": ["v1", "v2"],
    "ForecastParameters": ["temperature,pressure"],
    "TrainingScheduleExpression": ["cron(5 6 * * ? *)"],
    "TrainingInstanceType": ["ml.m5.xlarge"],
    "RealtimeRole": ["arn:aws:iam::123456789012:role/deploy"],
    "ModelImageUri": ["123456789012.dkr.ecr.eu-central-1.amazonaws.com/own:1"],
    "ModelImageTag": ["3.2-1"],
    "TransformInstanceType": ["ml.m5.2xlarge"],
    "ScheduleExpression": ["cron(5 6 * * ? *)"],
    "ScheduleTimeZone": ["Europe/Berlin"],
    "AnnounceEventBus": ["default"],
    "AnnounceTopicArn": ["arn:aws:sns:eu-central-1:123456789012:runs"],
    "AnnounceWebhookUrl": ["https://example.org/"],
    "WebhookSecretParameter": ["/other"],
    "PublicUrl": ["https://forecasts.example.org"],
    "JwtIssuer": ["https://issuer.example"],
    "JwtAudience": ["other"],
    "AlertsEmail": ["a@example.org"],
    "VariantAName": ["a"],
    "VariantAModel": ["v1", "v2"],
    "VariantAClients": ["", "50"],
    "VariantBName": ["b"],
    "VariantBModel": ["", "v2"],
    "VariantBClients": ["", "50"],
    "ShadowModel": ["", "v2"],
    "ModelRoutes": ["o3=o3.tar.gz", ",".join(f"o3/{a}{b}=o3.tar.gz" for a in "AB" for b in "CD")],
    "EndpointInstanceType": ["ml.m5.xlarge"],
}

#: What SAM and CodeDeploy do with versions, not what a version is.
AROUND = {"VersionDescription", "DeploymentPreference"}


def others(name):
    """Return further values of a parameter."""
    parameter = PARAMETERS[name]
    if "AllowedValues" in parameter:
        return parameter["AllowedValues"]
    if parameter["Type"] == "Number":
        return [parameter["MinValue"], parameter["MaxValue"]]
    return OTHERS[name]


def version(stack, function):
    """Return what a version of a function is, and the description; None without the function."""
    made = stack.made("AWS::Serverless::Function").get(function)
    if made is None:
        return None
    settings = {name: value for name, value in made.items() if name not in AROUND}
    return settings, made["VersionDescription"]


@pytest.mark.parametrize("base", ACCEPTED)
@pytest.mark.parametrize("function", ["ApiFunction", "ModelFunction"])
def test_a_new_version_if_and_only_if_the_function_changes(function, base):
    """For each parameter's other values, settings and description change together or not at all."""
    before = version(Stack(**ACCEPTED[base]), function)
    changes = [{name: value} for name in PARAMETERS for value in others(name)]
    after = {str(c): version(Stack(**ACCEPTED[base] | c), function) for c in changes}
    wrong = [
        change
        for change, found in after.items()
        if before and found and (found[0] != before[0]) != (found[1] != before[1])
    ]

    assert wrong == []


def test_changes_that_were_missed_or_refused():
    """What the description once had and the function did not, and the other way round."""
    routes = ACCEPTED["multi-model"]
    cases = [
        ({}, {"EndpointSeconds": 5}, False),
        ({}, {"VariantAClients": "5"}, False),
        (ACCEPTED["two variants"], {"VariantBName": "other"}, False),
        ({}, {"TableName": "other"}, True),
        (routes, {"ModelRoutes": routes["ModelRoutes"] + ",o3=o3.tar.gz"}, True),
    ]
    found = [
        version(Stack(**base), "ApiFunction") != version(Stack(**base | change), "ApiFunction")
        for base, change, _ in cases
    ]

    assert found == [new for _, _, new in cases]


def test_the_environment_has_the_number_of_the_description():
    """The number is in both, so that a new description is never that of an unchanged function."""
    stack = Stack()
    number = stack.environment("ApiFunction")["SETTINGS_VERSION"]

    assert stack.made()["ApiFunction"]["VersionDescription"] == f"settings {number}"


def test_the_content_has_every_value():
    """The counted content is the environment's values, without those that no parameter changes."""
    for parameters in ACCEPTED.values():
        stack = Stack(**parameters)
        values = stack.environment("ApiFunction")
        fixed = {"SETTINGS_VERSION", "POWERTOOLS_SERVICE_NAME"}
        content = stack.made()["ApiSettings"]["Content"]
        # The same alias, as a reference that waits for it.
        content = content.replace("ModelFunction.Alias", "lambda://ModelFunction:live").split()

        assert [value for value in content if value not in ("-", "off")] == [
            value for name, value in values.items() if name not in fixed
        ]


def test_readers_ask_only_what_has_started():
    """The function depends on the table and on the model behind it; CloudFormation starts these."""
    content = str(Stack().template["Resources"]["ApiSettings"]["Properties"]["Content"])

    assert "{'Ref': 'ModelFunction.Alias'}" in content
    assert "${Endpoint.EndpointName}" in content
    assert "${Table}" in content
