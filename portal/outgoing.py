"""The only way out to other machines (对外请求): an allow-list of hosts and no private address."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pyramid.settings import asbool, aslist

from portal.errors import ConfigurationError

_LARGEST_ANSWER = 1_000_000


class RefusedAddressError(Exception):
    """The address may not be called: host not listed, or it leads inside."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other machine said."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Calls listed hosts only. ``private`` allows plain http and inner addresses, for tests."""

    hosts: frozenset[str]
    private: bool = False
    timeout: float = 10.0

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Outgoing:
        """Read ``yitang.outgoing.hosts`` and, for tests, ``yitang.outgoing.private``."""
        private = asbool(settings.get("yitang.outgoing.private", "false"))
        if private and settings["yitang"].production:
            raise ConfigurationError("yitang.outgoing.private is for tests, not for production.")
        hosts = aslist(settings.get("yitang.outgoing.hosts", ""))
        return cls(frozenset(host.lower() for host in hosts), private)

    def check_listed(self, host: str) -> None:
        """Raise RefusedAddressError for a host that is not listed."""
        if host.lower() not in self.hosts:
            raise RefusedAddressError(f"{host} is not in yitang.outgoing.hosts.")

    def resolve(self, host: str, port: int) -> str:
        """Return an address of a listed host that may be called.

        The caller connects to this very address, so a second look-up cannot lead elsewhere.
        Raises RefusedAddressError when the host is not listed or any of its addresses is inside.
        """
        self.check_listed(host)
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        for address in addresses:
            if not self.private and not is_public(address):
                raise RefusedAddressError(f"{host} leads to an inner address.")
        return addresses[0]

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a POST; redirects are not followed. Raises OSError when nobody answers."""
        parts = urlsplit(url)
        if parts.scheme != "https" and not (self.private and parts.scheme == "http"):
            raise RefusedAddressError("Only https is called.")
        if parts.username or parts.password or not parts.hostname:
            raise RefusedAddressError("The address must name a host and no user.")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = self.resolve(parts.hostname, port)
        connection = _Pinned(parts.hostname, port, address, self.timeout, parts.scheme == "https")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request("POST", target, body, dict(headers))
            response = connection.getresponse()
            return Answer(response.status, response.read(_LARGEST_ANSWER))
        except http.client.HTTPException as error:
            raise ConnectionError(type(error).__name__) from error
        finally:
            connection.close()


def is_public(address: str) -> bool:
    """Say whether an IP address belongs to the open network (not inner, local, mapped, shared)."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class _Pinned(http.client.HTTPConnection):
    """A connection to a checked address that still speaks and proves the host's name."""

    def __init__(self, host: str, port: int, address: str, timeout: float, tls: bool) -> None:
        super().__init__(host, port, timeout=timeout)
        self._address = address
        self._tls = tls
        self.default_port = 443 if tls else 80

    def connect(self) -> None:
        sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._tls:
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=self.host)
        self.sock = sock
