"""A service of AWS on this machine that speaks JSON 1.1, such as Price List and Service Quotas."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: Entries on a page: few, so that there are several pages.
PAGE = 2


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        """Answer an operation."""
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        status, content = self.server.answer(self.headers["x-amz-target"], request)
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/x-amz-json-1.1")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def json_service(answer):
    """Serve what *answer* returns for a target and a request: status and content; yield the URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.answer = answer
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def page_of(name, entries, request):
    """Return the page of *entries* that is asked for, under *name*, with the token of the next."""
    start = int(request.get("NextToken", 0))
    page = {name: entries[start : start + PAGE]}
    return page | ({"NextToken": str(start + PAGE)} if start + PAGE < len(entries) else {})
