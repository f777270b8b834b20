"""Providers are spoken to in their own protocol, and their answers are told apart."""

import email
import hashlib
import hmac
import json
import threading
from datetime import UTC, datetime
from email import policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from aiosmtpd.controller import Controller

from portal import clock
from portal.channels import (
    AliyunSms,
    DeliveryError,
    Parcel,
    SmtpMail,
    WebhookSms,
    from_settings,
    sign_acs3,
)
from portal.errors import ConfigurationError
from portal.outgoing import Outgoing
from portal.settings import read
from tests.services import free_port

INSIDE = Outgoing(frozenset({"127.0.0.1"}), private=True, timeout=5)
PARCEL = Parcel(
    id="a" * 32,
    address="13800138000",
    subject="登录验证码",
    body="【议堂】验证码 123456",
    template_id="code.login",
    values={"code": "123456", "minutes": 5},
)


class Provider:
    """A local HTTP server that keeps what it got and answers what it is told."""

    def __init__(self):
        self.requests = []
        self.answers = [(200, b"{}")]
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                provider.requests.append((self.path, dict(self.headers), body))
                status, answer = provider.respond(self, body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = False
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def respond(self, _handler, _body):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Aliyun(Provider):
    """Checks the signature as the provider's documentation describes it."""

    secret = "s3cret"
    result = {"Code": "OK", "Message": "OK", "BizId": "biz-1", "RequestId": "r"}  # noqa: RUF012

    def respond(self, handler, body):
        query = {key: values[0] for key, values in parse_qs(urlsplit(handler.path).query).items()}
        authorization = handler.headers["Authorization"]
        algorithm, _, rest = authorization.partition(" ")
        parts = dict(part.split("=", 1) for part in rest.split(","))
        names = parts["SignedHeaders"].split(";")
        canonical = "POST\n/\n"
        canonical += "&".join(
            f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in sorted(query.items())
        )
        canonical += "\n" + "".join(f"{n}:{handler.headers[n].strip()}\n" for n in names)
        canonical += "\n" + ";".join(names) + "\n" + hashlib.sha256(body).hexdigest()
        text = f"{algorithm}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        wanted = hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        if parts["Signature"] != wanted or "x-acs-action" not in names or "host" not in names:
            return 400, b'{"Code": "SignatureDoesNotMatch"}'
        if handler.headers["x-acs-content-sha256"] != hashlib.sha256(body).hexdigest():
            return 400, b'{"Code": "BadContent"}'
        return 200, json.dumps(self.result).encode()


@pytest.fixture
def provider():
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture
def aliyun():
    provider = Aliyun()
    yield provider
    provider.close()


def aliyun_sms(provider, secret=Aliyun.secret):
    return AliyunSms(INSIDE, provider.url, "key", secret, "议堂", {"code.login": "SMS_1"})


def test_signature_equals_the_example_of_the_provider():
    """The example of the documentation of ACS3-HMAC-SHA256."""
    headers = sign_acs3(
        "YourAccessKeyId",
        "YourAccessKeySecret",
        "ecs.cn-shanghai.aliyuncs.com",
        "RunInstances",
        "2014-05-26",
        {
            "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
            "RegionId": "cn-shanghai",
        },
        datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
        "3156853299f313e23d1673dc12e1703d",
    )
    assert headers["Authorization"].endswith(
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_sms_reaches_the_provider_signed(aliyun):
    with clock.freeze(datetime(2026, 3, 2, 4, 0, 5, tzinfo=UTC)):
        assert aliyun_sms(aliyun).send(PARCEL) == "biz-1"
    path, headers, _ = aliyun.requests[0]
    query = {key: values[0] for key, values in parse_qs(urlsplit(path).query).items()}
    assert query["PhoneNumbers"] == "13800138000"
    assert query["SignName"] == "议堂"
    assert query["TemplateCode"] == "SMS_1"
    assert json.loads(query["TemplateParam"]) == {"code": "123456", "minutes": 5}
    assert query["OutId"] == PARCEL.id
    assert headers["x-acs-date"] == "2026-03-02T04:00:05Z"
    assert headers["x-acs-action"] == "SendSms"


def test_wrong_secret_is_a_permanent_failure(aliyun):
    with pytest.raises(DeliveryError) as caught:
        aliyun_sms(aliyun, "other").send(PARCEL)
    assert (caught.value.reason, caught.value.permanent) == ("SignatureDoesNotMatch", True)


@pytest.mark.parametrize(
    ("code", "permanent"),
    [
        ("isv.MOBILE_NUMBER_ILLEGAL", True),
        ("isv.BUSINESS_LIMIT_CONTROL", False),
        ("Throttling.User", False),
        ("isv.AMOUNT_NOT_ENOUGH", True),
    ],
)
def test_refusals_of_the_provider_are_told_apart(aliyun, code, permanent):
    aliyun.result = {"Code": code}
    with pytest.raises(DeliveryError) as caught:
        aliyun_sms(aliyun).send(PARCEL)
    assert (caught.value.reason, caught.value.permanent) == (code, permanent)


def test_message_without_an_approved_template_is_not_sent(aliyun):
    sms = AliyunSms(INSIDE, aliyun.url, "key", "s3cret", "议堂", {})
    with pytest.raises(DeliveryError) as caught:
        sms.send(PARCEL)
    assert caught.value.permanent
    assert aliyun.requests == []


def test_webhook_gets_json_a_key_against_doubles_and_a_signature(provider):
    provider.answers = [(202, b'{"id": "w-1"}')]
    assert WebhookSms(INSIDE, provider.url + "sms?a=1", "k").send(PARCEL) == "w-1"
    path, headers, body = provider.requests[0]
    assert path == "/sms?a=1"
    assert json.loads(body) == {"id": PARCEL.id, "to": PARCEL.address, "text": PARCEL.body}
    assert headers["Idempotency-Key"] == PARCEL.id
    assert headers["X-Signature"] == hmac.new(b"k", body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("status", "permanent"), [(400, True), (302, True), (429, False), (503, False)]
)
def test_answers_of_a_webhook_are_told_apart(provider, status, permanent):
    provider.answers = [(status, b"")]
    with pytest.raises(DeliveryError) as caught:
        WebhookSms(INSIDE, provider.url, "k").send(PARCEL)
    assert (caught.value.reason, caught.value.permanent) == (f"status_{status}", permanent)


def test_provider_that_is_away_is_tried_again(provider):
    url = provider.url
    provider.server.server_close()
    with pytest.raises(DeliveryError) as caught:
        WebhookSms(INSIDE, url, "k").send(PARCEL)
    assert not caught.value.permanent


def test_provider_on_an_inner_address_is_refused(provider):
    guarded = Outgoing(frozenset({"127.0.0.1"}))
    with pytest.raises(DeliveryError) as caught:
        WebhookSms(guarded, provider.url.replace("http:", "https:"), "k").send(PARCEL)
    assert (caught.value.reason, caught.value.permanent) == ("address_refused", True)
    assert provider.requests == []


class Letters:
    """Keeps letters; refuses addresses it is told to."""

    def __init__(self):
        self.letters = []
        self.refusals = {}

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        self.letters.append(envelope)
        return "250 taken"


@pytest.fixture
def mail_server():
    handler = Letters()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield handler, controller.port
    controller.stop()


def mail(port, **kwargs):
    return SmtpMail(INSIDE, "127.0.0.1", port, "post@yitang.example.cn", security="none", **kwargs)


def letter(address="zhang@example.cn", subject="表决开始", body="正文"):
    return Parcel("b" * 32, address, subject, body, "vote.opened", {})


def test_letter_arrives_with_chinese_subject_and_a_stable_id(mail_server):
    handler, port = mail_server
    receipt = mail(port).send(letter())
    (envelope,) = handler.letters
    assert envelope.rcpt_tos == ["zhang@example.cn"]
    message = email.message_from_bytes(envelope.content, policy=policy.default)
    assert message["Subject"] == "表决开始"
    assert message.get_content().strip() == "正文"
    assert message["Message-ID"] == receipt == f"<{'b' * 32}@yitang.example.cn>"


@pytest.mark.parametrize("field", ["address", "subject"])
def test_line_break_cannot_add_a_header(mail_server, field):
    handler, port = mail_server
    with pytest.raises(DeliveryError) as caught:
        mail(port).send(letter(**{field: "a@example.cn\r\nBcc: b@example.cn"}))
    assert (caught.value.reason, caught.value.permanent) == ("bad_header", True)
    assert handler.letters == []


@pytest.mark.parametrize(("answer", "permanent"), [("550 unknown", True), ("450 later", False)])
def test_refused_recipient_is_told_apart_from_a_delay(mail_server, answer, permanent):
    handler, port = mail_server
    handler.refusals["zhang@example.cn"] = answer
    with pytest.raises(DeliveryError) as caught:
        mail(port).send(letter())
    assert (caught.value.reason, caught.value.permanent) == (f"smtp_{answer[:3]}", permanent)


def test_mail_server_that_is_not_listed_is_not_called(mail_server):
    handler, port = mail_server
    relay = SmtpMail(Outgoing(frozenset()), "127.0.0.1", port, "p@example.cn", security="none")
    with pytest.raises(DeliveryError) as caught:
        relay.send(letter())
    assert caught.value.permanent
    assert handler.letters == []


def settings(**raw):
    raw = {f"yitang.{key.replace('__', '.')}": value for key, value in raw.items()}
    return raw | {"yitang": read(raw)}


def test_no_provider_is_the_default():
    assert from_settings(settings()) == {}


def test_secrets_come_from_files(tmp_path):
    (tmp_path / "key").write_text("s3cret\n", "utf-8")
    found = from_settings(
        settings(
            sms__provider="aliyun",
            sms__key_id="id",
            sms__key_file=str(tmp_path / "key"),
            sms__sign_name="议堂",
            sms__templates="code.login:SMS_1 code.reset:SMS_2",
            mail__host="mail.example.cn",
            mail__sender="post@example.cn",
        )
    )
    assert found["sms"].key_secret == "s3cret"
    assert found["sms"].templates == {"code.login": "SMS_1", "code.reset": "SMS_2"}
    assert found["email"].security == "starttls"


@pytest.mark.parametrize(
    "raw",
    [
        {"sms__provider": "pigeon"},
        {"sms__provider": "webhook"},
        {"sms__provider": "webhook", "sms__url": "https://x/", "sms__key_file": "/nowhere"},
        {"mail__host": "mail.example.cn"},
        {"mail__host": "mail.example.cn", "mail__sender": "a@b.cn", "mail__security": "ssl3"},
        {"mail__host": "mail.example.cn", "mail__sender": "a@b.cn", "mail__security": "none"}
        | {"mail__user": "u", "mail__password_file": __file__},
    ],
)
def test_half_a_configuration_stops_the_start(raw):
    with pytest.raises(ConfigurationError):
        from_settings(settings(**raw))
