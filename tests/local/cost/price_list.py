"""A server that answers GetProducts in the shape of AWS's Price List API.

The shape is that of AWS's documentation and of answers that others have published; no answer of
AWS's own was recorded.
"""

import json
from contextlib import contextmanager

from tests.json_service import json_service, page_of


def a_product(usagetype, *usd, region="us-east-1", service="AmazonSageMaker"):
    """Return a product with a price on demand, in one or several steps."""
    sku = f"SKU{abs(hash((usagetype, region))) % 10**8:08}"
    steps = {
        f"{sku}.T.{number}": {
            "unit": "Hrs",
            "beginRange": str(number * 1000),
            "endRange": "Inf" if number == len(usd) - 1 else str((number + 1) * 1000),
            "description": f"${price} per unit",
            "rateCode": f"{sku}.T.{number}",
            "appliesTo": [],
            "pricePerUnit": {"USD": f"{price:.10f}"},
        }
        for number, price in enumerate(usd)
    }
    term = {"effectiveDate": "2026-11-01T00:00:00Z", "offerTermCode": "T", "priceDimensions": steps}
    return {
        "product": {
            "productFamily": "ML Instance",
            "attributes": {
                "usagetype": usagetype,
                "regionCode": region,
                "servicecode": service,
                "locationType": "AWS Region",
            },
            "sku": sku,
        },
        "serviceCode": service,
        "terms": {"OnDemand": {f"{sku}.T": term}} if usd else {},
        "version": "20261101000000",
        "publicationDate": "2026-11-01T00:00:00Z",
    }


def matches(product, filters):
    """Return whether a product passes all filters, TERM_MATCH or CONTAINS."""
    attributes = product["product"]["attributes"]
    for one in filters:
        value = attributes[one["Field"]]
        equal = value == one["Value"]
        if not (equal if one["Type"] == "TERM_MATCH" else one["Value"] in value):
            return False
    return True


@contextmanager
def price_list(*products, error=None):
    """Serve products; yield the URL."""

    def answer(target, request):
        if target != "AWSPriceListService.GetProducts":
            return 400, {"__type": "UnknownOperationException"}
        if error:
            return 400, {"__type": error, "message": "not you"}
        found = [
            json.dumps(product)
            for product in products
            if product["serviceCode"] == request["ServiceCode"]
            and matches(product, request["Filters"])
        ]
        return 200, {"FormatVersion": "aws_v1"} | page_of("PriceList", found, request)

    with json_service(answer) as url:
        yield url
