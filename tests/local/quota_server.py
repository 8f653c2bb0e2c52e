"""A server that answers Service Quotas' lists in the shape of AWS's documentation.

The shape is checked against botocore's own description of it; no answer of AWS's own was recorded.
"""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: Quotas on a page: few, so that there are several pages.
PAGE = 2


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


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        """Answer an operation, page by page."""
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        _, _, operation = self.headers["x-amz-target"].partition(".")
        if self.server.error:
            self._send(400, {"__type": self.server.error, "Message": "not you"})
            return
        listed = self.server.lists[operation]
        found = [quota for quota in listed if quota["ServiceCode"] == request["ServiceCode"]]
        start = int(request.get("NextToken", 0))
        answer = {"Quotas": found[start : start + PAGE]}
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
def quota_server(defaults, own=(), error=None):
    """Serve AWS's default quotas and the account's own; yield the URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.lists = {"ListAWSDefaultServiceQuotas": defaults, "ListServiceQuotas": own}
        server.error = error
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
