"""The face service's protocol against a server that checks what it is sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from portal.errors import ConfigurationError
from portal.faces import AliyunFace, FaceError, includeme
from portal.outgoing import Outgoing


class Provider(HTTPServer):
    """Answers like the provider and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, dict[str, str], str]] = []


class Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        query = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
        action = self.headers["x-acs-action"]
        self.server.asked.append((action, query, self.headers["Authorization"]))
        body = json.dumps(self.server.answers[action]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    server = Provider()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def service(provider: Provider) -> AliyunFace:
    outgoing = Outgoing(frozenset(("127.0.0.1",)), private=True)
    url = f"http://127.0.0.1:{provider.server_port}/"
    return AliyunFace(outgoing, url, "key", "secret", "100")


@pytest.mark.clause("SZ-9.1")
def test_check_is_opened_signed_and_its_verdict_fetched(provider):
    provider.answers = {
        "InitFaceVerify": {
            "Code": "200",
            "ResultObject": {"CertifyId": "c-1", "CertifyUrl": "https://face.example/c-1"},
        },
        "DescribeFaceVerify": {"Code": "200", "ResultObject": {"Passed": "T"}},
    }
    face = service(provider)
    started = face.begin("程志兰", "110101199003072615", "order-1", "https://site.example/me")
    assert (started.transaction, started.url) == ("c-1", "https://face.example/c-1")
    assert face.passed("c-1") is True
    (action, query, signature), (second, asked, _) = provider.asked
    assert (action, second) == ("InitFaceVerify", "DescribeFaceVerify")
    assert query["CertName"] == "程志兰"
    assert query["ReturnUrl"] == "https://site.example/me"
    assert signature.startswith("ACS3-HMAC-SHA256 Credential=key")
    assert asked["CertifyId"] == "c-1"


def test_refusal_is_no_pass_and_an_answer_without_verdict_is_an_error(provider):
    face = service(provider)
    provider.answers["DescribeFaceVerify"] = {"Code": "200", "ResultObject": {"Passed": "F"}}
    assert face.passed("c-1") is False
    for answer in ({"Code": "200", "ResultObject": {}}, {"Code": "401"}, {}, []):
        provider.answers["DescribeFaceVerify"] = answer
        with pytest.raises(FaceError):
            face.passed("c-1")


def test_silent_provider_is_an_error():
    face = AliyunFace(Outgoing(frozenset()), "https://nowhere.example/", "key", "secret", "1")
    with pytest.raises(FaceError):
        face.passed("c-1")


def test_unknown_setting_is_refused():
    class Registry:
        settings = {"yitang.identity.face": "perhaps"}  # noqa: RUF012 - a stand-in

    class Config:
        registry = Registry()

    with pytest.raises(ConfigurationError):
        includeme(Config())
