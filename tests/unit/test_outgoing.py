"""Calls leave only for listed hosts and never for inner addresses."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from portal.errors import ConfigurationError
from portal.outgoing import Outgoing, RefusedAddressError, is_public
from portal.settings import read


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254"),
        *("0.0.0.0", "100.64.0.1", "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1"),  # noqa: S104 - no bind
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1"),
        *("::ffff:10.0.0.1", "2002:7f00:1::", "2002:a00:1::"),
    ],
)
def test_inner_address_is_refused(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "223.5.5.5", "2400:3200::1", "::ffff:8.8.8.8"])
def test_open_address_is_accepted(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("https://127.0.0.1/", "https://localhost/", "https://0x7f000001/", "https://2130706433/"),
        *("https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://169.254.169.254/latest"),
        *("http://example.cn/", "ftp://example.cn/", "file:///etc/passwd", "gopher://x/"),
        *("https://user:pw@example.cn/", "https:///x", "https://other.example.cn/"),
    ],
)
def test_forbidden_url_is_refused(url):
    hosts = {"127.0.0.1", "localhost", "0x7f000001", "2130706433", "::1", "::ffff:127.0.0.1"}
    outgoing = Outgoing(frozenset(hosts | {"169.254.169.254", "example.cn"}))
    with pytest.raises(RefusedAddressError):
        outgoing.post(url, b"", {})


def test_name_that_leads_inside_is_refused_even_if_another_address_is_open(monkeypatch):
    def resolve(_host, port, **_kwargs):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("8.8.8.8", "10.0.0.1")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(RefusedAddressError):
        Outgoing(frozenset({"rebind.example.cn"})).resolve("rebind.example.cn", 443)


def test_checked_address_is_the_one_that_is_called(monkeypatch):
    answers = iter(["8.8.8.8", "127.0.0.1"])
    called = []

    def resolve(_host, port, **_kwargs):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def connect(address, *_args, **_kwargs):
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(ConnectionRefusedError):
        Outgoing(frozenset({"example.cn"})).post("https://example.cn/", b"", {})
    assert called == [("8.8.8.8", 443)]


@pytest.fixture
def redirecting():
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            seen.append(self.path)
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/")
            self.end_headers()

        def log_message(self, *_args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, seen
    server.shutdown()
    thread.join()
    server.server_close()


def test_redirect_is_not_followed(redirecting):
    port, seen = redirecting
    answer = Outgoing(frozenset({"127.0.0.1"}), private=True).post(
        f"http://127.0.0.1:{port}/a?b=1", b"x", {}
    )
    assert answer.status == 302
    assert seen == ["/a?b=1"]


def test_inner_addresses_cannot_be_allowed_in_production():
    raw = {"yitang.production": "true", "yitang.base_url": "https://x.example.cn"}
    settings = raw | {"yitang.outgoing.private": "true", "yitang": read(raw)}
    with pytest.raises(ConfigurationError):
        Outgoing.from_settings(settings)
