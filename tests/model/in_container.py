"""A program that runs in the model container's Python: `in_container.py MODEL_DIR < body`.

It handles requests as the container's model server does, through SageMaker's inference toolkit,
and prints one JSON object a request: status, content type, body. Standard input holds one request
a line, as JSON: content type, body.
"""

import json
import sys

from mms.context import Context, RequestProcessor
from sagemaker_inference.default_handler_service import DefaultHandlerService


def answer(service, context, content_type, body):
    """Send one request to the service; return the response that the client would get."""
    request = RequestProcessor({"Content-Type": content_type, "Accept": content_type})
    context.request_processor = [request]
    (sent,) = service.handle([{"body": body.encode()}], context)
    return {
        "status": request.get_response_status_code(),
        "content_type": request.get_response_header("content-type"),
        "body": sent.decode() if isinstance(sent, bytes) else sent,
    }


context = Context("model", sys.argv[1], {}, 1, None, "1.1.2")
service = DefaultHandlerService()
service.initialize(context)
for line in sys.stdin:
    print(json.dumps(answer(service, context, **json.loads(line))))  # noqa: T201 -- a program
