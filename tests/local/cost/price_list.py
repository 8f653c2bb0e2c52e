"""A server that answers GetProducts in the shape of AWS's Price List API.

The shape is that of AWS's documentation and of answers that others have published; no answer of
AWS's own was recorded.
"""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: Products on a page: few, so that there are several pages.
PAGE = 2


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


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        """Answer GetProducts, page by page."""
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.headers["x-amz-target"] != "AWSPriceListService.GetProducts":
            self._send(400, {"__type": "UnknownOperationException"})
            return
        if self.server.error:
            self._send(400, {"__type": self.server.error, "message": "not you"})
            return
        found = [
            json.dumps(product)
            for product in self.server.products
            if product["serviceCode"] == request["ServiceCode"]
            and matches(product, request["Filters"])
        ]
        start = int(request.get("NextToken", 0))
        answer = {"FormatVersion": "aws_v1", "PriceList": found[start : start + PAGE]}
        if start + PAGE < len(found):
            answer["NextToken"] = str(start + PAGE)
        self._send(200, answer)

    def _send(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/x-amz-json-1.1")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def price_list(*products, error=None):
    """Serve products; yield the URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.products, server.error = products, error
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
