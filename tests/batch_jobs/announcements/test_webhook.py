"""Webhooks against receivers on this machine that do what receivers do."""

import re
import socket
import subprocess
import sys
from base64 import b64encode
from contextlib import suppress
from pathlib import Path

import pytest

from batch_jobs.announcements.addresses import addresses_of
from batch_jobs.announcements.event import Event
from batch_jobs.announcements.webhook import WAITS, Webhook, signature
from batch_jobs.errors import AnnouncementError
from forecasts.times import utc_now
from tests.command_line import free_port
from tests.factories import NOW
from tests.receiver import babble, chatter, close, drip, hang, receiving, reset, status, stream

EVENT = Event("20131230T0000Z-1-3-abc", "run.published", b'{"id":"20131230T0000Z-1-3-abc"}')
KEY = b"a key of twenty-four byt"
GUIDE = (Path(__file__).parents[3] / "docs" / "standards.md").read_text()


class Waits(list):
    """Waits that are counted and not waited."""

    __call__ = list.append


@pytest.fixture
def waits():
    """The seconds that a webhook would have waited."""
    return Waits()


@pytest.fixture
def webhook(waits, clock):
    """A function that makes a webhook to a URL."""
    return lambda url, seconds=20.0: Webhook(url, KEY, clock, waits, seconds)


def refused(webhook):
    """Send an event that is not accepted; return what is said about it."""
    with pytest.raises(AnnouncementError) as caught:
        webhook.send(EVENT)
    return str(caught.value)


def test_a_signed_request(webhook, waits):
    """The receiver gets the event as it is, and a signature over id, time and body."""
    with receiving() as receiver:
        webhook(f"http://127.0.0.1:{receiver.port}/path?token=1").send(EVENT)
    ((fields, body),) = receiver.requests
    at = int(NOW.timestamp())

    assert body == EVENT.body
    assert fields["host"] == f"127.0.0.1:{receiver.port}"
    assert fields["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert fields["webhook-id"] == EVENT.id
    assert fields["webhook-timestamp"] == str(at)
    assert fields["webhook-signature"] == signature(KEY, EVENT.id, at, EVENT.body)
    assert waits == []


def test_out_of_order_then_well(webhook, waits):
    """A receiver that is out of order is asked again, with the same id."""
    with receiving(status(500), status(429), status(200)) as receiver:
        webhook(f"http://127.0.0.1:{receiver.port}").send(EVENT)

    assert waits == list(WAITS)
    assert [fields["webhook-id"] for fields, _ in receiver.requests] == [EVENT.id] * 3


def test_out_of_order(webhook, waits):
    """After three tries it is given up, and said so."""
    with receiving(status(503)) as receiver:
        said = refused(webhook(f"http://127.0.0.1:{receiver.port}"))

    assert said == "it answers 503 (tries: 3)"
    assert len(receiver.requests) == 3
    assert waits == list(WAITS)


@pytest.mark.parametrize("code", [400, 401, 404, 410])
def test_a_refusal(webhook, waits, code):
    """A receiver that refuses an event is not asked again."""
    with receiving(status(code)) as receiver:
        said = refused(webhook(f"http://127.0.0.1:{receiver.port}"))

    assert said == f"it answers {code} (tries: 1)"
    assert (len(receiver.requests), waits) == (1, [])


@pytest.mark.parametrize("target", ["http://169.254.169.254/latest/meta-data", "http://127.0.0.1:"])
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect(webhook, code, target):
    """A redirect is not followed, wherever it leads, and its target is not shown."""
    with receiving() as other:
        location = f"{target}{other.port}/hidden" if target.endswith(":") else target
        with receiving(status(code, location=location)) as receiver:
            said = refused(webhook(f"http://127.0.0.1:{receiver.port}"))

    assert said.startswith(f"it answers {code}: redirects are not followed")
    assert location not in said
    assert (len(receiver.requests), other.requests) == (1, [])


@pytest.mark.parametrize("answer", [hang, drip])
def test_no_end_of_the_headers(webhook, waits, answer):
    """A receiver that does not answer, or never to the end, is given up in time."""
    with receiving(answer) as receiver:
        said = refused(webhook(f"http://127.0.0.1:{receiver.port}", 0.1))

    assert said == "no answer within 0.1 s (tries: 3)"
    assert waits == list(WAITS)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_one_accepts(webhook, scheme):
    """A machine that takes connections and says nothing, not even in TLS, is given up, too."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        said = refused(webhook(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/", 0.1))

    assert said == "no answer within 0.1 s (tries: 3)"


def test_no_end_of_the_body(webhook):
    """Of an answer only the status is read, however long it is."""
    with receiving(stream) as receiver:
        webhook(f"http://127.0.0.1:{receiver.port}").send(EVENT)

    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (reset, "no connection: Connection reset by peer"),
        (close, "it closed the connection"),
        (chatter, "its answer is not HTTP"),
        (babble, "its answer is not HTTP"),
        (status(103), "its answer is not HTTP"),
    ],
)
def test_no_answer_at_all(webhook, answer, what):
    """A connection that breaks, or does not speak HTTP, is told by its kind alone."""
    with receiving(answer) as receiver:
        said = refused(webhook(f"http://127.0.0.1:{receiver.port}"))

    assert said == f"{what} (tries: 3)"


def test_nothing_listens(webhook):
    """A closed port is told as it is."""
    said = refused(webhook(f"http://127.0.0.1:{free_port()}"))

    assert said.startswith("no connection: ")
    assert said.endswith("(tries: 3)")


def test_localhost(webhook):
    """The operator may write localhost for this machine."""
    with receiving() as receiver:
        webhook(f"http://localhost:{receiver.port}/").send(EVENT)

    assert receiver.requests[0][0]["host"] == f"localhost:{receiver.port}"


@pytest.mark.parametrize(
    "host", ["127.1", "2130706433", "0x7f.1", "0", "2852039166", "169.16689662"]
)
def test_names_of_this_network(webhook, waits, host):
    """Whatever resolves to an address that is not of the internet is refused before it is asked."""
    with receiving() as receiver:
        said = refused(webhook(f"https://{host}:{receiver.port}/"))

    assert "which is not of the internet, so nothing was sent" in said
    assert (receiver.requests, waits) == ([], [])


def test_numbers_of_the_internet():
    """An address of the internet is used, however it is written."""
    assert addresses_of("134744072", 443) == ["8.8.8.8"]


def test_the_name_of_this_machine(webhook):
    """A proper name that leads into a private network is refused, too, or is not known."""
    said = refused(webhook(f"https://{socket.gethostname().lower()}:1/"))

    assert "not of the internet" in said or "no connection" in said


def test_an_unknown_name(webhook, waits):
    """A name that cannot be resolved may be there later."""
    said = refused(webhook("https://receiver.invalid/"))

    assert said.startswith("no connection: ")
    assert len(waits) == 2


def test_https(webhook, certificate, monkeypatch):
    """Over https, the certificate must be trusted, and be that of the name in the URL."""
    with receiving(certificate=certificate) as receiver:
        untrusted = refused(webhook(f"https://127.0.0.1:{receiver.port}/"))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        webhook(f"https://127.0.0.1:{receiver.port}/").send(EVENT)
        other_name = refused(webhook(f"https://localhost:{receiver.port}/"))

    assert "certificate verify failed" in untrusted
    assert "Hostname mismatch" in other_name
    assert len(receiver.requests) == 1


def test_proxies_are_not_asked(webhook, monkeypatch):
    """A proxy of the environment gets nothing: it would resolve names by itself."""
    with receiving() as proxy, receiving() as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        webhook(f"http://127.0.0.1:{receiver.port}").send(EVENT)

    assert (len(receiver.requests), proxy.requests) == (1, [])


@pytest.mark.parametrize("answer", [status(404), chatter, reset])
def test_nothing_secret_in_a_log(webhook, caplog, answer):
    """Logs, errors and representations have neither the key nor the path of the address."""
    caplog.set_level("DEBUG")
    with receiving(answer) as receiver:
        made = webhook(f"http://127.0.0.1:{receiver.port}/hidden-path?token=hidden-token")
        told = refused(made) + repr(made) + made.name + caplog.text

    assert "hidden" not in told
    assert KEY.decode() not in told
    assert made.name == "webhook at 127.0.0.1"


def test_the_receiver_of_the_guide(tmp_path):
    """The receiver in docs/standards.md takes what is signed by us, now, and nothing else."""
    port = free_port()
    (code,) = re.findall(r"```python\n(import base64.*?)```", GUIDE, re.DOTALL)
    (tmp_path / "webhook-secret").write_text(f"whsec_{b64encode(KEY).decode()}\n")
    script = code.replace("9000", str(port))
    process = subprocess.Popen(
        [sys.executable, "-c", script], cwd=tmp_path, stderr=subprocess.DEVNULL
    )
    waits = Waits()
    try:
        _wait_for(process, port)
        url = f"http://127.0.0.1:{port}/"
        Webhook(url, KEY, utc_now, waits).send(EVENT)
        others = [Webhook(url, KEY[::-1], utc_now), Webhook(url, KEY, lambda: NOW)]
        refusals = [refused(other) for other in others]
    finally:
        process.terminate()
        process.wait()

    assert waits == []
    assert refusals == ["it answers 401 (tries: 1)"] * 2


def _wait_for(process, port):
    """Wait until a process listens on a port."""
    while process.poll() is None:
        with suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
