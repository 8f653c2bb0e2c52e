"""Template, code and state machine agree: names, settings, limits."""

import json
import re
import tarfile
import tomllib
from dataclasses import MISSING, fields
from datetime import timedelta

import pytest

from api.realtime.journal import Journal
from api.settings import Settings as ApiSettings
from batch_jobs.aws import UNITS
from batch_jobs.request import Request
from batch_jobs.settings import Settings
from forecasts.item import EXPIRY
from forecasts.metrics import NAMESPACE
from forecasts.run import INTERVAL, PUBLISH_ALLOWANCE
from forecasts.stores.open import DynamoDBClient
from scripts.bundle import FUNCTIONS
from tests.dynamodb_local import ROOT
from tests.factories import NOW
from tests.stack import PSEUDO, TRAINING, Stack, as_list

STACK = Stack(ForecastModel="v1")
REALTIME = Stack(ForecastModel="v1", RealtimeBackend="instances", VariantAModel="v1")
TEXT = (ROOT / "template.yaml").read_text()
MACHINE = STACK.of_type("AWS::Serverless::StateMachine")["NightlyStateMachine"]
DEFINITION = (ROOT / MACHINE["DefinitionUri"]).read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()

#: The Powertools variables of functions that log with it.
POWERTOOLS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL"}
FETCHING = [name for name in STACK.functions if name.startswith("Fetch")]
OTHERS = {"ApiFunction", "ModelFunction", *FETCHING, *TRAINING}
BATCH = [name for name in STACK.functions if name not in OTHERS]


def variables(settings, *, optional=()):
    """Return the environment variables of the required settings, and of some optional ones."""
    return {
        f"STATIONCAST_{field.name.upper()}"
        for field in fields(settings)
        if field.default is MISSING or field.name in optional
    }


def states(definition):
    """Yield all states of a state machine with their names, including those inside a Map."""
    for name, state in definition["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


def substitutions():
    """Return the names of the functions of `DefinitionSubstitutions`, by name there."""
    values = MACHINE["DefinitionSubstitutions"].items()
    arns = {name: value["GetAtt"] for name, value in values if name.endswith("FunctionArn")}
    return {name: attribute.removesuffix(".Arn") for name, attribute in arns.items()}


def test_bundles():
    """Each function is a bundle with the same handler, and is deployed from its build folder."""
    handlers = {name: function["Handler"] for name, function in STACK.functions.items()}
    folders = {name: function["CodeUri"] for name, function in STACK.functions.items()}

    assert handlers == {name: bundle.handler for name, bundle in FUNCTIONS.items()}
    assert folders == {name: f"build/{name}/" for name in FUNCTIONS}


def test_environment_of_the_api():
    """Without real time, the API gets its store, client and version, and a name for its logs."""
    environment = STACK.environment("ApiFunction")

    assert set(environment) == {
        "STATIONCAST_STORE",
        "STATIONCAST_DOWNLOADS",
        "STATIONCAST_DYNAMODB_CLIENT",
        "STATIONCAST_PUBLIC_URL",
        "SETTINGS_VERSION",
        "POWERTOOLS_SERVICE_NAME",
    }
    assert ApiSettings.of(environment).store == "dynamodb://stationcast"


@pytest.mark.parametrize(
    ("parameters", "url"),
    [
        ({}, "https://Api.execute-api.eu-central-1.amazonaws.com"),
        ({"PublicUrl": "https://forecasts.example.org/"}, "https://forecasts.example.org"),
    ],
)
def test_the_api_knows_its_address(parameters, url):
    """The API is told where clients reach it: at its own address, or at the one that is given."""
    assert ApiSettings.of(Stack(**parameters).environment("ApiFunction")).public_url == url


def test_switch_of_the_dynamodb_client():
    """The parameter accepts every client, and the API gets the one that it names."""
    parameter = STACK.template["Parameters"]["DynamoDBClient"]
    told = [
        ApiSettings.of(Stack(DynamoDBClient=name).environment("ApiFunction")).dynamodb_client
        for name in parameter["AllowedValues"]
    ]

    assert set(told) == set(DynamoDBClient)
    assert parameter["Default"] == ApiSettings("x").dynamodb_client


@pytest.mark.parametrize("function", BATCH)
def test_environment_of_the_night(function):
    """A nightly function gets its settings and Powertools', and no other variables."""
    environment = STACK.environment(function)
    optional = {
        "PlanRunFunction": ["model", "parameters", "model_data"],
        "VerifyRunFunction": ["verification"],
        "WriteDownloadsFunction": ["downloads"],
        "LoadForecastsFunction": ["write_rate"],
    }

    required = variables(Settings, optional=optional.get(function, ()))
    if function == "AnnounceRunFunction":
        required |= {"STATIONCAST_PUBLIC_URL"}
    assert set(environment) == required | POWERTOOLS
    assert Settings.of(environment).store == "dynamodb://stationcast"


@pytest.mark.parametrize("parameters", [{}, {"ForecastModel": "v1"}])
def test_functions_start_with_and_without_a_model(parameters):
    """Functions accept their settings, even before there is a model."""
    settings = Settings.of(Stack(**parameters).environment("PlanRunFunction"))

    assert settings.model == parameters.get("ForecastModel", "no-model")


def test_substitutions():
    """The template fills in every placeholder of the state machine."""
    open_ = set(re.findall(r"\$\{(\w+)\}", DEFINITION))

    assert open_ == set(MACHINE["DefinitionSubstitutions"])


def test_functions_of_the_states():
    """Each state's function has its name, and all but a few functions belong to a state."""
    assert substitutions() == {f"{name}Arn": name for name in substitutions().values()}
    assert {*substitutions().values(), "ReportAgeFunction", *OTHERS} == set(STACK.functions)


def test_state_machine_may_call_its_functions():
    """The state machine's role allows calling the functions of its states, and no other."""
    statements = [
        statement
        for policy in STACK.of_type("AWS::IAM::Role")["NightlyStateMachineRole"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    (called,) = (s["Resource"] for s in statements if s["Action"] == "lambda:InvokeFunction")

    assert {arn["GetAtt"].removesuffix(".Arn") for arn in called} == set(substitutions().values())


def test_states_outlast_their_functions():
    """A state waits longer than its function may run, and the machine longer than any state."""
    definition = json.loads(DEFINITION)
    limits = {
        name: STACK.functions[function]["Timeout"] for name, function in substitutions().items()
    }
    tasks = [state for _, state in states(definition) if state["Type"] == "Task"]
    called = [
        (state["TimeoutSeconds"], limits[name])
        for state in tasks
        for name in re.findall(r"\$\{(\w+FunctionArn)\}", json.dumps(state))
    ]

    assert len(called) >= len(limits)
    assert all(waits > runs for waits, runs in called)
    assert definition["TimeoutSeconds"] > max(state["TimeoutSeconds"] for state in tasks)


def test_transform_jobs_have_the_name_that_is_allowed():
    """The state machine may start transform jobs with the names that it gives them."""
    name = dict(states(json.loads(DEFINITION)))["Transform"]["Arguments"]["TransformJobName"]
    allowed = re.search(r":transform-job/(.+)\*", TEXT)[1]

    assert name.startswith(f"{{% '{allowed}'")


def test_schedule_asks_for_a_night():
    """The schedule starts the state machine with a request that PlanRun accepts."""
    schedule = STACK.of_type("AWS::Scheduler::Schedule")["NightlySchedule"]
    filled = schedule["Target"]["Input"].replace(
        "<aws.scheduler.scheduled-time>", "2026-11-22T00:05:00Z"
    )

    assert Request.of(json.loads(filled)).issue_time.hour == 0


@pytest.mark.parametrize(
    ("parameters", "state"), [({}, "DISABLED"), ({"ForecastModel": "v1"}, "ENABLED")]
)
def test_no_model_no_night(parameters, state):
    """Nights start automatically as soon as there is a model."""
    stack = Stack(**parameters)
    schedule = stack.of_type("AWS::Scheduler::Schedule")["NightlySchedule"]

    assert stack.resolve(schedule["State"]) == state


def test_container_finds_its_code(model_path):
    """The artifact has the container's program, at the path where the container expects it."""
    model = STACK.of_type("AWS::SageMaker::Model")["Model"]
    environment = model["PrimaryContainer"]["Environment"]
    folder = environment["SAGEMAKER_SUBMIT_DIRECTORY"].removeprefix("/opt/ml/model/")
    with tarfile.open(model_path) as artifact:
        names = artifact.getnames()

    assert f"{folder}/{environment['SAGEMAKER_PROGRAM']}" in names


def test_files_of_runs_live_as_long_as_forecasts():
    """The files of a run are deleted when its forecasts expire."""
    bucket = STACK.of_type("AWS::S3::Bucket")["DataBucket"]
    rules = {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}

    assert timedelta(days=rules["runs"]["ExpirationInDays"]) == EXPIRY


def test_observations_expire():
    """Files of observations are deleted after years, at a time that an operator can choose."""
    bucket = Stack(ObservationsPrefix="raw", ObservationsDays=400).made("AWS::S3::Bucket")
    rules = {r["Id"]: r for r in bucket["DataBucket"]["LifecycleConfiguration"]["Rules"]}

    assert (rules["observations"]["Prefix"], rules["observations"]["ExpirationInDays"]) == (
        "raw/",
        400,
    )
    assert Stack().parameters["ObservationsDays"] > 2 * 365


def test_age_alarm_lets_a_good_night_pass():
    """The alarm on the published run's age is silent until the next night is late."""
    alarm = STACK.of_type("AWS::CloudWatch::Alarm")["RunAgeAlarm"]

    assert timedelta(seconds=alarm["Threshold"]) > INTERVAL + PUBLISH_ALLOWANCE
    assert alarm["TreatMissingData"] == "breaching"


def metrics_of_the_api():
    """Return the API's metrics: names, by the sets of dimensions that they have."""
    lines = []
    journal = Journal("stationcast", lambda: NOW, lines.append)
    journal.answered({"variant": "first"}, degraded=True, milliseconds=1.0)
    journal.circuit("open")
    journal.circuit("closed")
    names = set()
    for line in map(json.loads, lines):
        for described in line["_aws"]["CloudWatchMetrics"]:
            assert described["Namespace"] == NAMESPACE
            assert ["service"] in described["Dimensions"]
            names |= {metric["Name"] for metric in described["Metrics"]}
    return names


def metrics_shown(stack):
    """Return our metrics on a stack's dashboard: names, and names of dimensions."""
    (dashboard,) = stack.made("AWS::CloudWatch::Dashboard").values()
    widgets = json.loads(dashboard["DashboardBody"])["widgets"]
    shown = [metric for widget in widgets for metric in widget["properties"]["metrics"]]
    return {metric[1] for metric in shown if metric[0] == NAMESPACE and metric[2] == "service"}


def metrics_watched(stack):
    """Return our metrics that a stack's alarms watch."""
    single = stack.made("AWS::CloudWatch::Alarm").values()
    several = [
        m.get("MetricStat", {}).get("Metric", {}) for a in single for m in a.get("Metrics", [])
    ]
    return {m["MetricName"] for m in (*single, *several) if m.get("Namespace") == NAMESPACE}


def test_metrics_of_the_night():
    """Alarms and dashboard use metrics that the functions write, under the same names."""
    assert metrics_watched(STACK) == {"PublishedRunAge", "LowestCoverage", "LowestSkill"}
    assert metrics_watched(STACK) < metrics_shown(STACK) <= set(UNITS)


def test_metrics_of_real_time():
    """With real time, the dashboard has all metrics of the API, and alarms watch existing ones."""
    added = metrics_shown(REALTIME) - metrics_shown(STACK)

    assert added == metrics_of_the_api()
    assert metrics_watched(REALTIME) - metrics_watched(STACK) < added


def test_alarms_notify_and_are_explained():
    """Each alarm notifies the operators' topic or scales, and the guide says what to do."""
    alarms = STACK.of_type("AWS::CloudWatch::Alarm")
    heard = {name: alarm["AlarmActions"][0]["Ref"] for name, alarm in alarms.items()}
    scaling = {name: ref for name, ref in heard.items() if name.startswith("Scale")}

    assert {heard[name] for name in heard if name not in scaling} == {"AlertsTopic"}
    assert scaling == {name: name.replace("Alarm", "Policy") for name in scaling}
    assert len(scaling) == 4
    assert [name for name in alarms if f"`{name}`" not in OPERATIONS] == []


def test_routes_with_a_limit_exist():
    """Each GET route with a limit of its own is a route of the API, and each limit is a route's."""
    paths = json.loads((ROOT / "tests/golden/openapi.json").read_text())["paths"]
    routes = {r["RouteKey"] for r in STACK.of_type("AWS::ApiGatewayV2::Route").values()}
    limited = STACK.of_type("AWS::ApiGatewayV2::Stage")["ApiStage"]["RouteSettings"]
    reads = [key.removeprefix("GET ") for key in limited if key.startswith("GET ")]
    # What stands before {proxy+} is the beginning of a path.
    whole, begun = {path for path in reads if "+" not in path}, [p for p in reads if "+" in p]

    assert set(limited) == routes - {"$default"}
    assert whole <= set(paths)
    assert begun == ["/edr/{proxy+}"]


def test_stages_set_parameters_that_exist():
    """samconfig.toml sets parameters of the template, for stacks with separate tables."""
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    stages = {
        stage: dict(
            entry.split("=", 1)
            for entry in config[stage]["deploy"]["parameters"]["parameter_overrides"]
        )
        for stage in ("dev", "prod")
    }

    assert {name for stage in stages.values() for name in stage} <= set(STACK.parameters)
    assert stages["dev"]["TableName"] != stages["prod"]["TableName"]


def test_every_wildcard_has_a_reason():
    """If a policy names all resources, a comment gives the reason; no action is a wildcard."""
    lines = TEXT.splitlines()
    wide = [n for n, line in enumerate(lines) if line.strip() == 'Resource: "*"']
    roles = REALTIME.made("AWS::IAM::Role").values()
    statements = [s for r in roles for p in r["Policies"] for s in p["PolicyDocument"]["Statement"]]

    assert wide
    assert [n + 1 for n in wide if not lines[n - 1].strip().startswith("#")] == []
    assert [s for s in statements if any("*" in a for a in as_list(s["Action"]))] == []


def test_state_machine_has_a_role_for_each_service_it_calls():
    """The state machine's role allows the services that its states call, and no others."""
    called = {
        re.match(r"arn:aws:states:::(\w+):", state["Resource"])[1]
        for _, state in states(json.loads(DEFINITION))
        if state["Type"] == "Task"
    }
    policies = STACK.of_type("AWS::IAM::Role")["NightlyStateMachineRole"]["Policies"]
    allowed = {
        action.partition(":")[0]
        for policy in policies
        for statement in policy["PolicyDocument"]["Statement"]
        for action in as_list(statement["Action"])
    }

    # These are its own parts and logs, the topic's key, and the rule that reports a job's end.
    assert allowed - called == {"states", "logs", "kms", "events"}
    assert called <= allowed


def test_names_of_the_account_have_the_region(monkeypatch):
    """Stacks of one name in two Regions share no dashboard and no policy of CloudFront."""

    def names():
        made = Stack(Website="true").made()
        return {
            made["Dashboard"]["DashboardName"],
            made["WebsiteAccess"]["OriginAccessControlConfig"]["Name"],
            made["ApiCachePolicy"]["CachePolicyConfig"]["Name"],
            made["WebsiteHeaders"]["ResponseHeadersPolicyConfig"]["Name"],
            made["EmbeddedHeaders"]["ResponseHeadersPolicyConfig"]["Name"],
        }

    here = names()
    monkeypatch.setitem(PSEUDO, "AWS::Region", "us-east-1")

    assert not here & names()


def test_an_existing_table():
    """The stack uses a restored table as its own, and makes none."""
    own, restored = Stack(), Stack(TableName="restored", TableExists="true")

    assert set(own.made()) - set(restored.made()) == {"Table"}
    assert set(restored.made()) <= set(own.made())
    assert {
        restored.environment(name)["STATIONCAST_STORE"] for name in (*BATCH, "ApiFunction")
    } == {"dynamodb://restored"}
    assert "GetAtt': 'Table." not in str(restored.template)


def test_the_drill_sets_what_a_restore_does_not():
    """After a restore, the guide's commands set every property that DynamoDB leaves out."""
    table = STACK.of_type("AWS::DynamoDB::Table")["Table"]
    drill = OPERATIONS[OPERATIONS.index("## Restore the table") :].partition("\n## ")[0]
    ttl = table["TimeToLiveSpecification"]["AttributeName"]

    assert f"Enabled=true,AttributeName={ttl}" in drill
    assert "PointInTimeRecoveryEnabled=true" in drill
    assert "--deletion-protection-enabled" in drill
    assert "TableExists=true" in drill
    # DynamoDB restores these with the items.
    assert set(table) - {"TableName", "BillingMode", "AttributeDefinitions", "KeySchema"} == {
        "TimeToLiveSpecification",
        "PointInTimeRecoverySpecification",
        "DeletionProtectionEnabled",
        "SSESpecification",
    }


def test_every_post_needs_a_token():
    """If there is an issuer, a POST to any path needs its token."""
    stack = Stack(JwtIssuer="https://issuer.example")
    routes = stack.of_type("AWS::ApiGatewayV2::Route").values()
    posts = [route for route in routes if route["RouteKey"].startswith("POST")]

    assert [route["RouteKey"] for route in posts] == ["POST /{proxy+}"]
    assert stack.resolve(posts[0])["AuthorizationType"] == "JWT"
    assert STACK.resolve(posts[0])["AuthorizationType"] == "NONE"
