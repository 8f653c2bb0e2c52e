"""How the direct client reaches DynamoDB: region, endpoint, credentials, certificates.

botocore can find all of these. But in Lambda the environment variables say everything, and asking
botocore would take a third of a cold start. With SnapStart the keys are not in the environment;
botocore then fetches them from an address, and again whenever they expire.
"""

import re
from collections.abc import Callable, Mapping
from importlib.metadata import distribution
from typing import NamedTuple

from forecasts.aws.http import Server
from forecasts.aws.sigv4 import Credentials
from forecasts.errors import StoreError

#: Regions whose endpoints follow one pattern; botocore knows the others.
_REGION = re.compile(r"(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+")

#: The variables that must hold the keys.
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")

#: The variables that botocore heeds and this module does not support.
_MORE = re.compile(
    r"AWS_(CONFIG_FILE|PROFILE|USE_FIPS_ENDPOINT|USE_DUALSTACK_ENDPOINT|ENDPOINT_URL"
    r"|IGNORE_CONFIGURED_ENDPOINT_URLS|ACCOUNT_ID_ENDPOINT_MODE)|(?i:(https?|all)_proxy)"
)


class Access(NamedTuple):
    """How DynamoDB is reached.

    Attributes:
        region: The region of the table.
        endpoint: URL of DynamoDB.
        credentials: Returns the currently valid credentials; raises `StoreError` if it finds none.
        certificates: File with the certificates to trust; None for botocore's.
    """

    region: str
    endpoint: str
    credentials: Callable[[], Credentials]
    certificates: str | None = None


def lambda_access(environment: Mapping[str, str]) -> Access | None:
    """Read the access from the variables of a Lambda function; None if they are not enough."""
    given = {name: value for name, value in environment.items() if value}
    region = given.get("AWS_DEFAULT_REGION", "")
    if "AWS_LAMBDA_FUNCTION_NAME" not in given or not _REGION.fullmatch(region):
        return None
    if not given.keys() >= set(_KEYS) or any(map(_MORE.fullmatch, given)):
        return None
    key, secret = (given[name] for name in _KEYS)
    credentials = Credentials(key, secret, given.get("AWS_SESSION_TOKEN"))
    endpoint = given.get("AWS_ENDPOINT_URL_DYNAMODB", f"https://dynamodb.{region}.amazonaws.com")
    certificates = given.get("AWS_CA_BUNDLE", given.get("REQUESTS_CA_BUNDLE"))
    return Access(region, endpoint, lambda: credentials, certificates)


def server_of(access: Access) -> Server:
    """Return the server of an access.

    Raises:
        StoreError: The endpoint is not a URL, or the file of certificates cannot be read.
    """
    path = access.certificates or str(distribution("botocore").locate_file("botocore/cacert.pem"))
    try:
        return Server.of(access.endpoint, path)
    except ValueError as error:
        raise StoreError(str(error)) from error
    except OSError as error:
        raise StoreError(f"{path}: cannot read the certificates: {error}") from error
