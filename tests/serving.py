"""An application under uvicorn, in a thread of the tests' own process."""

from contextlib import contextmanager
from threading import Thread

import uvicorn

from local.serving.api import listen
from local.serving.limits import LimitedProtocol


@contextmanager
def serving(app, protocol=LimitedProtocol):
    """Serve an application from this process; yield host and port."""
    with listen("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(app, http=protocol, log_level="warning"))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()
        finally:
            server.should_exit = True
            thread.join()
