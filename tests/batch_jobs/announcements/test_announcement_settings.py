"""Whom to tell, from environment variables; what is wrong is said without what is secret."""

import traceback
from base64 import b64encode

import pytest

from batch_jobs.announcements.settings import open_announcer
from batch_jobs.errors import SettingsError

URL, SECRET = "STATIONCAST_WEBHOOK_URL", "STATIONCAST_WEBHOOK_SECRET"
SECRET_FILE, PUBLIC_URL = "STATIONCAST_WEBHOOK_SECRET_FILE", "STATIONCAST_PUBLIC_URL"

KEY = b"a key of twenty-four byt"
GOOD = f"whsec_{b64encode(KEY).decode()}"


def test_off_by_default(clock):
    """Without variables, or with empty ones, no one is told."""
    assert open_announcer({}, clock).channels == ()
    assert open_announcer({URL: "", SECRET: " "}, clock).channels == ()
    assert open_announcer({SECRET: GOOD}, clock).channels == ()


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/hooks?token=1",
        "https://example.org:8443/",
        "https://10.0.0.7/",
        "https://[fd00::1]/",
        "http://localhost:9000/",
        "http://127.0.0.1:9000/",
        "http://[::1]:9000/",
    ],
)
def test_a_webhook(clock, url):
    """A receiver on the internet is reached by https; one on this machine also by http."""
    announcer = open_announcer({URL: url, SECRET: GOOD, PUBLIC_URL: "https://example.org/"}, clock)
    (webhook,) = announcer.channels

    assert (webhook.url, webhook.key, webhook.clock) == (url, KEY, clock)
    assert announcer.public_url == "https://example.org"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/hidden",
        "http://10.0.0.7/hidden",
        "http://localhost.example.org/hidden",
        "ftp://example.org/hidden",
        "https:///hidden",
        "hidden",
        "https://user:hidden@example.org/",
        "https://hidden@example.org/",
        "https://example.org:99999/hidden",
        "https://[::1/hidden",
        "https://exam ple.org/hidden",
        "https://example.org/hid den",
        "https://bücher.example/hidden",
        "https://a<b/hidden",
        f"https://{'hidden' * 20}.org/",
        f"https://example.org/{'hidden' * 1000}",
    ],
)
def test_no_address(clock, url):
    """What is no address of a receiver is refused at once, and not shown."""
    with pytest.raises(SettingsError, match=f"environment variable {URL}: is not an address") as it:
        open_announcer({URL: url, SECRET: GOOD}, clock)

    assert "hidden" not in str(it.value)


@pytest.mark.parametrize(
    "secret",
    [
        "hidden",
        "whsec_hidden",
        "whsec_hidden-hidden-hidden-hidden-hidden",
        f"whsec_{b64encode(b'hidden' * 3).decode()}",
        f"whsec_{b64encode(b'hidden' * 11).decode()}",
        b64encode(KEY).decode(),
        "whsec_hiddenü",
    ],
)
@pytest.mark.parametrize("name", [SECRET, SECRET_FILE])
def test_no_secret(clock, tmp_path, name, secret):
    """A secret that is none is refused, and shown nowhere, not even in a traceback."""
    value = secret
    if name == SECRET_FILE:
        value = str(tmp_path / "secret")
        (tmp_path / "secret").write_text(secret, encoding="utf-8")
    with pytest.raises(SettingsError, match=f"environment variable {name}: ") as caught:
        open_announcer({URL: "https://example.org/", name: value}, clock)
    shown = "".join(traceback.format_exception(caught.value))

    assert "whsec_$(openssl rand -base64 32)" in str(caught.value)
    assert [word for word in ("hidden", secret, "aGlkZGVu") if word in shown] == []


def test_a_webhook_is_always_signed(clock):
    """Without a secret there is no webhook."""
    with pytest.raises(SettingsError, match=f"{SECRET}: is not set, and neither is {SECRET_FILE}"):
        open_announcer({URL: "https://example.org/"}, clock)


def test_two_secrets(clock, tmp_path):
    """Two secrets are refused: it is not clear which one the receiver knows."""
    environment = {URL: "https://example.org/", SECRET: GOOD, SECRET_FILE: str(tmp_path / "x")}
    with pytest.raises(SettingsError, match="are both set"):
        open_announcer(environment, clock)


def test_a_secret_in_a_file(clock, tmp_path):
    """The secret may be in a file, with a line break at its end."""
    (tmp_path / "secret").write_text(f"{GOOD}\n")
    environment = {URL: "https://example.org/", SECRET_FILE: str(tmp_path / "secret")}

    assert open_announcer(environment, clock).channels[0].key == KEY


def test_no_file(clock, tmp_path):
    """A file that is not there is named."""
    environment = {URL: "https://example.org/", SECRET_FILE: str(tmp_path / "secret")}
    with pytest.raises(SettingsError, match="secret: No such file or directory; make one with"):
        open_announcer(environment, clock)


@pytest.mark.parametrize(
    "url", ["example.org", "https://", "https://a b", "https://user:pw@example.org"]
)
def test_no_public_url(clock, url):
    """A public URL that is none is refused."""
    with pytest.raises(SettingsError, match=f"{PUBLIC_URL}: is '{url}'"):
        open_announcer({PUBLIC_URL: url}, clock)
