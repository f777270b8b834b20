"""Outside time stamps (可信时间戳): RFC 3161 tokens on signed log heads, from an authority.

Without ``yitang.tsa.url`` there are none, and pages and packages say so.
"""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import rfc3161_client
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from portal.errors import ConfigurationError
from portal.evidence.canonical import Record, canonical
from portal.outgoing import Outgoing, RefusedAddressError

OK = 200
HEADERS = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}


class StampError(Exception):
    """The authority gave no token that proves anything; the job is tried again."""


class Stamp(NamedTuple):
    """A token on a signed head: the head's place among the heads, why, answer and roots as DER."""

    position: int
    occasion: str
    response: bytes
    roots: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class TimeStamper:
    """Asks one authority; ``roots`` are the certificates its tokens must lead to."""

    outgoing: Outgoing
    url: str
    roots: tuple[x509.Certificate, ...]

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "TimeStamper | None":
        """Read ``yitang.tsa.url`` and ``yitang.tsa.certificate`` (PEM of the roots), or None."""
        url = str(settings.get("yitang.tsa.url", "")).strip()
        if not url:
            return None
        path = str(settings.get("yitang.tsa.certificate", "")).strip()
        try:
            roots = x509.load_pem_x509_certificates(Path(path).read_bytes())
        except (OSError, ValueError) as error:
            msg = f"yitang.tsa.certificate {path!r} is not a PEM file of root certificates"
            raise ConfigurationError(msg) from error
        return cls(Outgoing.from_settings(settings), url, tuple(roots))

    def stamp(self, data: bytes) -> bytes:
        """Return the authority's answer about ``data``, checked; raises StampError."""
        builder = rfc3161_client.TimestampRequestBuilder().data(data)
        request = builder.hash_algorithm(rfc3161_client.HashAlgorithm.SHA256).build()
        try:
            answer = self.outgoing.post(self.url, request.as_bytes(), HEADERS)
        except (OSError, RefusedAddressError) as error:
            raise StampError(type(error).__name__) from error
        if answer.status != OK:
            raise StampError(f"answer {answer.status}")
        check(answer.body, data, self.roots, nonce=request.nonce)
        return answer.body

    def token(self, position: int, occasion: str, head: Record) -> Stamp:
        """Return a stamp on a signed head."""
        roots = tuple(root.public_bytes(Encoding.DER) for root in self.roots)
        return Stamp(position, occasion, self.stamp(canonical(head)), roots)


def check(
    response: bytes, data: bytes, roots: Iterable[x509.Certificate], nonce: int | None = None
) -> None:
    """Refuse an answer that is not a token on ``data`` by an authority under ``roots``."""
    builder = rfc3161_client.VerifierBuilder(roots=list(roots), nonce=nonce)
    try:
        builder.build().verify_message(rfc3161_client.decode_timestamp_response(response), data)
    except (rfc3161_client.VerificationError, ValueError) as error:
        raise StampError(str(error)) from error


def stamps_record(stamps: Iterable[Stamp]) -> Record:
    """Return the tokens and the roots they lead to, for a package."""
    kept = list(stamps)
    roots = sorted({_text(root) for stamp in kept for root in stamp.roots})
    return {
        "type": "time-stamps",
        "v": 1,
        "roots": roots,
        "stamps": [
            {"head": one.position, "occasion": one.occasion, "response": _text(one.response)}
            for one in kept
        ],
    }


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
