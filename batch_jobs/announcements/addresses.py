"""The addresses that a webhook may be sent to: those of the internet, or the one that was written.

A name of the internet may resolve to an address inside of the network that this process runs in,
such as that of the metadata service of a cloud. So the addresses are checked, not the name, and the
request goes to an address that was checked.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from batch_jobs.errors import AnnouncementError

#: All of IPv6 that is routed so far. What is outside may stand for an address of IPv4.
_ROUTED = IPv6Network("2000::/3")


def addresses_of(host: str, port: int) -> list[str]:
    """Return the addresses of a host, in the order in which to try them.

    Args:
        host: A name, or an address that the operator wrote.
        port: Its port.

    Raises:
        OSError: The name is unknown, or cannot be resolved now.
        AnnouncementError: One of the addresses is private, link-local, loopback or of no single
            host, and the operator wrote neither it nor `localhost`.
    """
    if written_address(host):
        return [host]
    if host == "localhost":
        return ["127.0.0.1", "::1"]
    infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    found = [str(address[0]) for *_, address in infos]
    for each in found:
        if not is_public(each):
            reason = (
                f"{host} has the address {each}, which is not of the internet, so nothing was "
                "sent; if that is right, write the address itself into the URL"
            )
            raise AnnouncementError(reason)
    return found


def written_address(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a host is written as; None if it is a name.

    >>> written_address("127.0.0.1"), written_address("127.1"), written_address("example.org")
    (IPv4Address('127.0.0.1'), None, None)
    """
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_public(text: str) -> bool:
    """Whether an address is of one host of the internet.

    >>> [is_public(each) for each in ("93.184.216.34", "2606:2800:21f:cb07:6820:80da:af6b:8b2c")]
    [True, True]
    >>> [is_public(each) for each in ("10.0.0.1", "169.254.169.254", "127.0.0.1", "224.0.0.1")]
    [False, False, False, False]
    >>> [is_public(each) for each in ("::1", "fe80::1%eth0", "fd00:ec2::254", "::ffff:127.0.0.1")]
    [False, False, False, False]
    >>> is_public("64:ff9b::a9fe:a9fe"), is_public("2002:7f00:1::"), is_public("::ffff:8.8.8.8")
    (False, False, True)
    """
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return is_public(str(address.ipv4_mapped))
        return address in _ROUTED and address.is_global and address.sixtofour is None
    return address.is_global and not address.is_multicast
