"""A program that serves an artifact in a container without a network: `without_network.py PORT`.

It runs in a network namespace of its own, in the launcher's Python, with the container's variables.
It starts the image's launcher, waits until the model answers, sends standard input to it as one
request, and prints the answer. If the launcher ends first, so does the program, with its status.
"""

import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request

#: Linux's requests to read and to write the flags of a network interface, and the flag "up".
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 1


def start_loopback():
    """Switch the loopback interface on; a new namespace has it switched off."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14x", b"lo", 0)
        found = fcntl.ioctl(any_socket, _GET_FLAGS, request)
        _, flags = struct.unpack("16sH14x", found)
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14x", b"lo", flags | _UP))


def wait(launcher, address):
    """Wait until the model answers; return None, or the launcher's status if it has ended."""
    while launcher.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/ping", timeout=60).close()  # noqa: S310 -- http
        except OSError:
            time.sleep(0.1)
        else:
            return None
    return launcher.returncode


def ask(address, body):
    """Send one request; return the answer."""
    headers = {"Content-Type": "application/jsonlines", "Accept": "application/jsonlines"}
    request = urllib.request.Request(f"{address}/invocations", body, headers)  # noqa: S310 -- http
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 -- http
        return answer.read()


def main():
    """Serve the artifact, ask it once; return the exit status."""
    address = f"http://127.0.0.1:{sys.argv[1]}"
    start_loopback()
    launcher = subprocess.Popen(
        [sys.executable, "-m", "sagemaker_containers.cli.serve"],
        stdout=sys.stderr,
        start_new_session=True,
    )
    try:
        status = wait(launcher, address)
        if status is None:
            sys.stdout.buffer.write(ask(address, sys.stdin.buffer.read()))
    finally:
        if launcher.poll() is None:
            os.killpg(launcher.pid, signal.SIGKILL)
    return status or 0


if __name__ == "__main__":
    sys.exit(main())
