"""A server that stands in for an endpoint of either kind and sends the answers that a test sets."""

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from forecasts.parameter import PARAMETERS
from forecasts.run import LEAD_HOURS, QUANTILES

#: For tests of what only SageMaker endpoints have: target variants and target models.
of_sagemaker = pytest.mark.parametrize("scheme", ["sagemaker"])


class Answering(ThreadingHTTPServer):
    """Answers InvokeEndpoint of SageMaker Runtime, and Invoke of Lambda.

    Attributes:
        answer: Called with the handler of each request; returns status, headers and body, or None
            to hang up.
        lines: The transform lines that were received, parsed.
        asked: The target variant and the target model of each request.
        paths: The path of each request.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = forecast_around(3.6)
        self.lines = []
        self.asked = []
        self.paths = []

    @property
    def url(self):
        """The server's URL."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def environment(self):
        """The environment variables that point boto3 at the server."""
        names = ("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", "AWS_ENDPOINT_URL_LAMBDA")
        return dict.fromkeys(names, self.url)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        """Answer as the test wants."""
        body = self.rfile.read(int(self.headers["content-length"]))
        self.line = json.loads(body)
        self.server.lines.append(self.line)
        self.server.paths.append(self.path)
        names = ("X-Amzn-SageMaker-Target-Variant", "X-Amzn-SageMaker-Target-Model")
        self.server.asked.append(tuple(self.headers.get(name) for name in names))
        answer = self.server.answer(self)
        if answer is None:
            self.close_connection = True
            return
        status, headers, content = answer
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args):
        """Say nothing."""


@contextmanager
def answering():
    """Run such a server."""
    with Answering() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def output_for(line, value=3.6, **changes):
    """Make the output to a transform line: the same value at every hour of its parameters.

    A value that is too small for a parameter becomes the least that is plausible.
    """
    plausible = {code: max(value, PARAMETERS[code].minimum) for code in line["history"]}
    return {
        "station_id": line["station_id"],
        "issue_time": line["issue_time"],
        "model": "v1",
        "values": {c: dict.fromkeys(QUANTILES, [v] * LEAD_HOURS) for c, v in plausible.items()},
        "missing": {},
    } | changes


def forecast_around(value, variant="first", **changes):
    """Make an answer for `Answering`: `output_for`, from a variant or from a function's version."""

    def answer(request):
        body = json.dumps(output_for(request.line, value, **changes)).encode() + b"\n"
        names = ("x-Amzn-Invoked-Production-Variant", "x-Amz-Executed-Version")
        return 200, dict.fromkeys(names, variant), body

    return answer


def refusal(code, status, **details):
    """Make an answer for `Answering`: an error of SageMaker Runtime, or of Lambda."""

    def answer(_request):
        body = json.dumps({"Message": details.pop("message", "no"), **details}).encode()
        headers = {"x-amzn-ErrorType": code, "content-type": "application/json"}
        return status, headers, body

    return answer


def failure(error_type, message="no"):
    """Make an answer for `Answering`: Lambda's report of a function that failed."""

    def answer(_request):
        described = {"errorType": error_type, "errorMessage": message, "requestId": "lambda-1"}
        return 200, {"X-Amz-Function-Error": "Unhandled"}, json.dumps(described).encode()

    return answer
