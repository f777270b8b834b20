"""Ways a message leaves the house (通知渠道): SMS and e-mail through real providers."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from pyramid.settings import aslist

from portal import clock
from portal.errors import ConfigurationError
from portal.outgoing import Answer, Outgoing, RefusedAddressError

_SERVER_ERROR = 500
_TOO_MANY = 429


class DeliveryError(Exception):
    """A message could not be handed over; ``permanent`` says that trying again is useless."""

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message for one address. ``id`` is the same at every try, so that receivers can tell."""

    id: str
    address: str
    subject: str
    body: str
    template_id: str
    values: Mapping[str, Any]


class Channel(Protocol):
    """Hands a parcel over to a provider."""

    def send(self, parcel: Parcel) -> str:
        """Return the provider's receipt; raises DeliveryError."""


def call(outgoing: Outgoing, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Post to a provider; raises DeliveryError when it is not there or overloaded."""
    try:
        answer = outgoing.post(url, body, headers)
    except RefusedAddressError as error:
        raise DeliveryError("address_refused", permanent=True) from error
    except OSError as error:
        raise DeliveryError("no_answer", permanent=False) from error
    if answer.status >= _SERVER_ERROR or answer.status == _TOO_MANY:
        raise DeliveryError(f"status_{answer.status}", permanent=False)
    return answer


@dataclass(frozen=True, slots=True)
class AliyunSms:
    """Aliyun SMS: API SendSms of 2017-05-25, signed with ACS3-HMAC-SHA256."""

    outgoing: Outgoing
    url: str
    key_id: str
    key_secret: str
    sign_name: str
    templates: Mapping[str, str]

    def send(self, parcel: Parcel) -> str:
        """Send by the provider's approved template; returns its BizId."""
        code = self.templates.get(parcel.template_id)
        if code is None:
            raise DeliveryError("no_sms_template", permanent=True)
        query = {
            "PhoneNumbers": parcel.address,
            "SignName": self.sign_name,
            "TemplateCode": code,
            "TemplateParam": json.dumps(dict(parcel.values), ensure_ascii=False),
            "OutId": parcel.id,
        }
        host = urlsplit(self.url).netloc
        headers = sign_acs3(
            self.key_id, self.key_secret, host, "SendSms", "2017-05-25", query, clock.now()
        )
        answer = call(self.outgoing, f"{self.url}?{canonical_query(query)}", b"", headers)
        try:
            result = json.loads(answer.body)
            outcome = str(result["Code"])
        except (ValueError, KeyError, TypeError) as error:
            raise DeliveryError("bad_answer", permanent=False) from error
        if outcome != "OK":
            busy = outcome.startswith(("Throttling", "ServiceUnavailable", "InternalError"))
            limited = outcome == "isv.BUSINESS_LIMIT_CONTROL"
            raise DeliveryError(outcome[:60], permanent=not (busy or limited))
        return str(result.get("BizId", ""))


def canonical_query(query: Mapping[str, str]) -> str:
    """Return the query string in the order and encoding that the signature covers."""
    return "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in sorted(query.items()))


def sign_acs3(
    key_id: str,
    key_secret: str,
    host: str,
    action: str,
    version: str,
    query: Mapping[str, str],
    at: datetime,
    nonce: str = "",
) -> dict[str, str]:
    """Return the headers of a signed POST without body (ACS3-HMAC-SHA256)."""
    empty = hashlib.sha256(b"").hexdigest()
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": empty,
        "x-acs-date": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce or secrets.token_hex(16),
        "x-acs-version": version,
    }
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = "\n".join(("POST", "/", canonical_query(query), lines, names, empty))
    text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(request.encode()).hexdigest()
    signature = hmac.new(key_secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    headers["Authorization"] = (
        f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={names},Signature={signature}"
    )
    return headers


@dataclass(frozen=True, slots=True)
class WebhookSms:
    """Any gateway that takes JSON: POST with an idempotency key and an HMAC-SHA256 of the body."""

    outgoing: Outgoing
    url: str
    key: str

    def send(self, parcel: Parcel) -> str:
        """Post the text; a 2xx answer takes it over, its ``id`` is the receipt."""
        body = json.dumps(
            {"id": parcel.id, "to": parcel.address, "text": parcel.body}, ensure_ascii=False
        ).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": parcel.id,
            "X-Signature": hmac.new(self.key.encode(), body, hashlib.sha256).hexdigest(),
        }
        answer = call(self.outgoing, self.url, body, headers)
        if not 200 <= answer.status < 300:
            raise DeliveryError(f"status_{answer.status}", permanent=True)
        try:
            return str(json.loads(answer.body).get("id", ""))
        except (ValueError, AttributeError):
            return ""


@dataclass(frozen=True, slots=True)
class SmtpMail:
    """E-mail by SMTP. ``security`` is ``tls``, ``starttls`` or, for a relay inside, ``none``."""

    outgoing: Outgoing
    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    security: str = "starttls"

    def send(self, parcel: Parcel) -> str:
        """Send one letter; its Message-ID is the same at every try."""
        domain = self.sender.rpartition("@")[2]
        message = EmailMessage()
        try:
            message["From"] = self.sender
            message["To"] = parcel.address
            message["Subject"] = parcel.subject
            message["Message-ID"] = f"<{parcel.id}@{domain}>"
            message["Date"] = clock.now()
        except ValueError as error:  # A line break in a header.
            raise DeliveryError("bad_header", permanent=True) from error
        message.set_content(parcel.body)
        try:
            with self._connect() as server:
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(message)
        except RefusedAddressError as error:
            raise DeliveryError("address_refused", permanent=True) from error
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            final = all(code >= _SERVER_ERROR for code in codes)
            raise DeliveryError(f"smtp_{codes[0]}", permanent=final) from error
        except smtplib.SMTPResponseException as error:
            permanent = error.smtp_code >= _SERVER_ERROR
            raise DeliveryError(f"smtp_{error.smtp_code}", permanent=permanent) from error
        except OSError as error:
            raise DeliveryError("no_answer", permanent=False) from error
        return str(message["Message-ID"])

    def _connect(self) -> smtplib.SMTP:
        # The operator's mail relay often stands inside; being listed is enough for it.
        self.outgoing.check_listed(self.host)
        context = ssl.create_default_context()
        timeout = self.outgoing.timeout
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=timeout, context=context)
        server = smtplib.SMTP(self.host, self.port, timeout=timeout)
        if self.security == "starttls":
            server.starttls(context=context)
        return server


def from_settings(settings: Mapping[str, Any]) -> dict[str, Channel]:
    """Return the channels that the site has a provider for; none by default.

    ``yitang.sms.provider`` is ``aliyun`` or ``webhook``; ``yitang.mail.host`` switches mail on.
    Secrets are read from the files that ``…key_file`` and ``…password_file`` name.
    """
    outgoing = Outgoing.from_settings(settings)
    found: dict[str, Channel] = {}
    provider = settings.get("yitang.sms.provider", "")
    if provider == "aliyun":
        found["sms"] = AliyunSms(
            outgoing,
            settings.get("yitang.sms.url", "https://dysmsapi.aliyuncs.com/"),
            needed(settings, "yitang.sms.key_id"),
            secret(settings, "yitang.sms.key_file"),
            needed(settings, "yitang.sms.sign_name"),
            _pairs(needed(settings, "yitang.sms.templates")),
        )
    elif provider == "webhook":
        url = needed(settings, "yitang.sms.url")
        found["sms"] = WebhookSms(outgoing, url, secret(settings, "yitang.sms.key_file"))
    elif provider:
        raise ConfigurationError(f"yitang.sms.provider {provider!r} is not aliyun or webhook.")
    if settings.get("yitang.mail.host"):
        found["email"] = _mail(settings, outgoing)
    return found


def _mail(settings: Mapping[str, Any], outgoing: Outgoing) -> SmtpMail:
    security = settings.get("yitang.mail.security", "starttls")
    if security not in ("tls", "starttls", "none"):
        raise ConfigurationError(f"yitang.mail.security {security!r} is unknown.")
    user = settings.get("yitang.mail.user", "")
    if user and security == "none":
        raise ConfigurationError("yitang.mail.user needs yitang.mail.security tls or starttls.")
    return SmtpMail(
        outgoing,
        settings["yitang.mail.host"],
        int(settings.get("yitang.mail.port", "587")),
        needed(settings, "yitang.mail.sender"),
        user,
        secret(settings, "yitang.mail.password_file") if user else "",
        security,
    )


def needed(settings: Mapping[str, Any], key: str) -> str:
    """Return a setting that must be there; raises ConfigurationError."""
    value = str(settings.get(key, "")).strip()
    if not value:
        raise ConfigurationError(f"{key} is missing.")
    return value


def secret(settings: Mapping[str, Any], key: str) -> str:
    """Return the secret in the file a setting names; raises ConfigurationError."""
    path = Path(needed(settings, key))
    try:
        return path.read_text("utf-8").strip()
    except OSError as error:
        raise ConfigurationError(f"{key}: {path} cannot be read.") from error


def _pairs(text: str) -> dict[str, str]:
    """Read ``message.id:SMS_123 other.id:SMS_456``."""
    pairs = [entry.partition(":") for entry in aslist(text)]
    if not all(name and code for name, _, code in pairs):
        raise ConfigurationError("yitang.sms.templates is a list of message.id:SMS_CODE.")
    return {name: code for name, _, code in pairs}
