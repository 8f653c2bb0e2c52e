"""A server that answers Service Quotas' lists in the shape of AWS's documentation.

The shape is checked against botocore's own description of it; no answer of AWS's own was recorded.
"""

from contextlib import contextmanager

from tests.json_service import json_service, page_of


def a_quota(service, name, code, value):
    """Return a quota as both operations list it."""
    return {
        "ServiceCode": service,
        "ServiceName": service.title(),
        "QuotaArn": f"arn:aws:servicequotas:eu-central-1:123456789012:{service}/{code}",
        "QuotaCode": code,
        "QuotaName": name,
        "Value": value,
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }


@contextmanager
def quota_server(defaults, own=(), error=None):
    """Serve AWS's default quotas and the account's own; yield the URL."""
    lists = {"ListAWSDefaultServiceQuotas": defaults, "ListServiceQuotas": own}

    def answer(target, request):
        if error:
            return 400, {"__type": error, "Message": "not you"}
        listed = lists[target.partition(".")[2]]
        found = [quota for quota in listed if quota["ServiceCode"] == request["ServiceCode"]]
        return 200, page_of("Quotas", found, request)

    with json_service(answer) as url:
        yield url
