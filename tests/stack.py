"""A stack made from `template.yaml`, as far as tests need one: intrinsic functions resolved.

Names are such as AWS could give; values that only AWS knows are the logical id.
"""

import re
from fnmatch import fnmatchcase
from zlib import crc32

from tests.dynamodb_local import template

REGION, ACCOUNT, NAME = "eu-central-1", "123456789012", "stationcast"
BUCKET = "stationcast-data"

#: The functions that a stack has only with `Training`.
TRAINING = (
    "PlanTrainingFunction",
    "JudgeCandidatesFunction",
    "ReleaseModelFunction",
    "FailTrainingFunction",
)

PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::StackName": NAME,
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::NoValue": None,
}


class Stack:
    """The template with parameters; those not given have their defaults."""

    def __init__(self, **parameters):
        self.template = template()
        defaults = {k: v.get("Default") for k, v in self.template["Parameters"].items()}
        self.parameters = defaults | parameters

    def of_type(self, kind):
        """Return the properties of all resources of a type, by logical id."""
        resources = self.template["Resources"].items()
        return {name: r["Properties"] for name, r in resources if r["Type"] == kind}

    def made(self, kind=None):
        """Return the resolved properties of the resources that are made, of one type or of all."""
        return {
            name: self.resolve(resource.get("Properties", {}))
            for name, resource in self.template["Resources"].items()
            if kind in (None, resource["Type"])
            and ("Condition" not in resource or self.condition(resource["Condition"]))
        }

    def refused(self):
        """Return the `Rules` that the parameters break: (name of the rule, description)."""
        return [
            (name, assertion["AssertDescription"])
            for name, rule in self.template["Rules"].items()
            if self.applies(name)
            for assertion in rule["Assertions"]
            if not self._holds(assertion["Assert"])
        ]

    def applies(self, rule):
        """Return whether a rule applies to these parameters."""
        return self._holds(self.template["Rules"][rule]["RuleCondition"])

    @property
    def functions(self):
        """The properties of all Lambda functions, by logical id."""
        return self.of_type("AWS::Serverless::Function")

    def environment(self, function):
        """Return the environment variables of a function."""
        variables = self.resolve(self.functions[function]["Environment"]["Variables"])
        return {name: str(value) for name, value in variables.items()}

    def role(self, function):
        """Return the statements of the role of a function."""
        name = self.functions[function]["Role"]["GetAtt"].removesuffix(".Arn")
        policies = self.of_type("AWS::IAM::Role")[name]["Policies"]
        return self.resolve([s for p in policies for s in p["PolicyDocument"]["Statement"]])

    def resolve(self, value):
        """Replace intrinsic functions at any depth; values that are `AWS::NoValue` are left out."""
        if isinstance(value, list):
            return [entry for entry in map(self.resolve, value) if entry is not None]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in _INTRINSICS:
                return _INTRINSICS[name](self, argument)
        resolved = {key: self.resolve(entry) for key, entry in value.items()}
        return {key: entry for key, entry in resolved.items() if entry is not None}

    def ref(self, name):
        """Return the value of `!Ref`."""
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.parameters:
            return self.parameters[name]
        return {"Table": self.parameters["TableName"], "DataBucket": BUCKET}.get(name, name)

    def attribute(self, name):
        """Return the value of `!GetAtt`, with ARNs in the form that policies compare."""
        resource, _, attribute = name.partition(".")
        kind = self.template["Resources"][resource]["Type"]
        if kind.startswith("AWS::SageMaker::"):
            given = self.template["Resources"][resource]["Properties"]
            return self.resolve(given.get(attribute, resource))
        if kind == "AWS::AppConfig::HostedConfigurationVersion":
            # AWS counts versions; here a number is the content's own.
            content = self.resolve(self.template["Resources"][resource]["Properties"]["Content"])
            return str(crc32(content.encode()))
        if attribute != "Arn":
            return name
        service, path = {
            "AWS::DynamoDB::Table": ("dynamodb", f"table/{self.ref(resource)}"),
            "AWS::Serverless::Function": ("lambda", f"function:{resource}"),
        }.get(kind, ("service", resource))
        if kind == "AWS::IAM::Role":
            return f"arn:aws:iam::{ACCOUNT}:role/{resource}"
        if kind == "AWS::S3::Bucket":
            return f"arn:aws:s3:::{self.ref(resource)}"
        return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{path}"

    def substitute(self, argument):
        """Return the value of `!Sub`."""
        text, more = argument if isinstance(argument, list) else (argument, {})

        def value(match):
            name = match[1]
            if name in more:
                return str(self.resolve(more[name]))
            return str(self.attribute(name) if "." in name else self.ref(name))

        return re.sub(r"\$\{([A-Za-z0-9:.]+)\}", value, text)

    def choose(self, argument):
        """Return the value of `!If`."""
        name, yes, no = argument
        return self.resolve(yes if self.condition(name) else no)

    def condition(self, name):
        """Return whether a condition holds."""
        return self._holds(self.template["Conditions"][name])

    def _holds(self, condition):
        ((name, argument),) = condition.items()
        match name:
            case "Condition":
                return self.condition(argument)
            case "Not":
                return not self._holds(argument[0])
            case "And":
                return all(self._holds(part) for part in argument)
            case "Or":
                return any(self._holds(part) for part in argument)
            case "Equals":
                left, right = map(str, map(self.resolve, argument))
                return left == right
            case "Fn::Contains":
                among, value = self.resolve(argument)
                return str(value) in among
        raise NotImplementedError(name)

    def find_in_map(self, argument):
        """Return the value of `!FindInMap`."""
        name, first, second = self.resolve(argument)
        return self.template["Mappings"][name][first][second]

    def select(self, argument):
        """Return the value of `!Select`."""
        index, values = self.resolve(argument)
        return values[index]

    def join(self, argument):
        """Return the value of `!Join`."""
        separator, values = argument
        return separator.join(str(self.resolve(value)) for value in values)

    def split(self, argument):
        """Return the value of `!Split`."""
        separator, text = self.resolve(argument)
        return text.split(separator)


_INTRINSICS = {
    "Ref": Stack.ref,
    "GetAtt": Stack.attribute,
    "Sub": Stack.substitute,
    "If": Stack.choose,
    "FindInMap": Stack.find_in_map,
    "Join": Stack.join,
    "Select": Stack.select,
    "Split": Stack.split,
}


def allows(statement, call):
    """Return whether a policy's statement allows a call.

    Args:
        statement: With `Action`, `Resource` and perhaps `Condition`, resolved.
        call: Has `action`, `resource`, and `context`, the condition keys as AWS would fill them.
    """
    actions, resources = as_list(statement["Action"]), as_list(statement["Resource"])
    return (
        statement["Effect"] == "Allow"
        and call.action in actions
        and any(fnmatchcase(call.resource, pattern) for pattern in resources)
        and all(
            _meets(operator, call.context.get(key), as_list(expected))
            for operator, keys in statement.get("Condition", {}).items()
            for key, expected in keys.items()
        )
    )


def _meets(operator, actual, expected):
    match operator:
        case "ForAllValues:StringEquals":
            return all(value in expected for value in actual)
        case "ForAllValues:StringLike":
            return all(any(fnmatchcase(value, like) for like in expected) for value in actual)
        case "StringEquals":
            return actual in expected
        case "StringLikeIfExists":
            return actual is None or any(fnmatchcase(actual, like) for like in expected)
    raise NotImplementedError(operator)


def as_list(value):
    """Return *value* as a list; IAM also accepts a single value."""
    return value if isinstance(value, list) else [value]
