"""What can go wrong before the model answers in a Lambda function.

ModelFunctionError
├── SettingsError
├── FetchError
└── HooksError

If a transform line is invalid, the artifact's own code raises the error.
"""


class ModelFunctionError(Exception):
    """The base of every error of this package."""


class SettingsError(ModelFunctionError):
    """A setting is missing or malformed, so the function must not start."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        super().__init__(f"{name} {reason}")


class FetchError(ModelFunctionError):
    """The artifact cannot be read from S3."""

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        super().__init__(f"{url}: {reason}")


class HooksError(ModelFunctionError):
    """The function cannot run the artifact."""
