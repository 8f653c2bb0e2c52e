"""A stack made of `template.yaml`, as far as tests need one: intrinsic functions resolved.

Names are as AWS could have given them; what only AWS knows is the logical id.
"""

import re
from fnmatch import fnmatchcase

from tests.dynamodb_local import template

REGION, ACCOUNT, NAME = "eu-central-1", "123456789012", "stationcast"
BUCKET = "stationcast-data"

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
        statements = [s for p in policies for s in p["PolicyDocument"]["Statement"]]
        return [self.resolve(statement) for statement in statements]

    def resolve(self, value):
        """Replace intrinsic functions, at any depth."""
        if isinstance(value, list):
            return [self.resolve(entry) for entry in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in _INTRINSICS:
                return _INTRINSICS[name](self, argument)
        return {key: self.resolve(entry) for key, entry in value.items()}

    def ref(self, name):
        """Return what `!Ref` does."""
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.parameters:
            return self.parameters[name]
        return {"Table": self.parameters["TableName"], "DataBucket": BUCKET}.get(name, name)

    def attribute(self, name):
        """Return what `!GetAtt` does; ARNs of the form that policies compare."""
        resource, _, attribute = name.partition(".")
        if attribute != "Arn":
            return name
        kind = self.template["Resources"][resource]["Type"]
        service, path = {
            "AWS::DynamoDB::Table": ("dynamodb", f"table/{self.ref(resource)}"),
            "AWS::Serverless::Function": ("lambda", f"function:{resource}"),
        }.get(kind, ("service", resource))
        if kind == "AWS::S3::Bucket":
            return f"arn:aws:s3:::{self.ref(resource)}"
        return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{path}"

    def substitute(self, argument):
        """Return what `!Sub` does."""
        text, more = argument if isinstance(argument, list) else (argument, {})

        def value(match):
            name = match[1]
            if name in more:
                return str(self.resolve(more[name]))
            return str(self.attribute(name) if "." in name else self.ref(name))

        return re.sub(r"\$\{([A-Za-z0-9:.]+)\}", value, text)

    def choose(self, argument):
        """Return what `!If` does."""
        name, yes, no = argument
        return self.resolve(yes if self.condition(name) else no)

    def condition(self, name):
        """Return whether a condition holds."""
        return self._holds(self.template["Conditions"][name])

    def _holds(self, condition):
        if "Not" in condition:
            return not self._holds(condition["Not"][0])
        left, right = self.resolve(condition["Equals"])
        return left == right


_INTRINSICS = {
    "Ref": Stack.ref,
    "GetAtt": Stack.attribute,
    "Sub": Stack.substitute,
    "If": Stack.choose,
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
        case "StringLikeIfExists":
            return actual is None or any(fnmatchcase(actual, like) for like in expected)
    raise NotImplementedError(operator)


def as_list(value):
    """Return *value* as a list, which IAM lets one leave out."""
    return value if isinstance(value, list) else [value]
