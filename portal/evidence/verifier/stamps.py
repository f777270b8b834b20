"""Outside time stamps (可信时间戳) as the offline verifier checks them."""

from __future__ import annotations

import base64
import hashlib

from portal.evidence.verifier.container import canon
from portal.evidence.verifier.files import HEADS, STAMPS, Files
from portal.evidence.verifier.report import ImpossibleError, ProblemError, Record, Rows, Values
from portal.evidence.verifier.result import same

try:
    import rfc3161_client
    from cryptography.x509 import load_der_x509_certificate
except ImportError:
    rfc3161_client = None  # type: ignore[assignment]

SHA256_OID = bytes.fromhex("608648016503040201")


def check_stamps(package: Files) -> None:
    """Check that each token is about its head, and who signed it where this machine can."""
    report, found = package.report, []
    with report.check("stamps", STAMPS):
        package.need(STAMPS)
        heads = package.heads()
        for row in package.load(STAMPS)["stamps"]:
            head = heads[row["head"]]
            algorithm, imprint, time = token_content(base64.b64decode(row["response"]))
            if algorithm != SHA256_OID or imprint != hashlib.sha256(canon(head)).digest():
                raise ProblemError(STAMPS, f"the token for head {row['head']} is about another")
            found.append(f"{row['occasion']}: {time} ({HEADS} {row['head']})")
    report.notes += [f"时间戳 time stamp {line}" for line in found]
    with report.check("stamp_seals", STAMPS):
        package.need(STAMPS)
        record = package.load(STAMPS)
        if rfc3161_client is None:
            raise ImpossibleError("无 rfc3161-client，时间戳签名未检查 tokens not checked")
        for row in record["stamps"]:
            check_token(row, canon(package.heads()[row["head"]]), record["roots"])


def check_token(row: Record, data: bytes, roots: Rows) -> None:
    """Check the signature of a token and its chain to one of the roots."""
    certificates = [load_der_x509_certificate(base64.b64decode(root)) for root in roots]
    answer = rfc3161_client.decode_timestamp_response(base64.b64decode(row["response"]))
    verifier = rfc3161_client.VerifierBuilder(roots=certificates).build()
    try:
        verifier.verify_message(answer, data)
    except rfc3161_client.VerificationError as error:
        raise ProblemError(STAMPS, f"token for head {row['head']}: {error}") from error


def token_content(response: bytes) -> Values:
    """Return hash algorithm, imprint and time of an RFC 3161 answer, reading its DER."""
    _, token = elements(elements(response)[0][1])
    signed = elements(elements(elements(token[1])[1][1])[0][1])
    content = elements(elements(signed[2][1])[1][1])[0][1]
    info = elements(elements(content)[0][1])
    algorithm, imprint = elements(info[2][1])
    time = info[4][1].decode("ascii")
    same(STAMPS, "tag of the time", info[4][0], 0x18)
    return elements(algorithm[1])[0][1], imprint[1], time


def elements(data: bytes) -> Rows:
    """Return tag and content of each element of DER data."""
    found, at = [], 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length > 0x7F:
            size = length - 0x80
            length, at = int.from_bytes(data[at : at + size], "big"), at + size
        if at + length > len(data):
            raise ProblemError(STAMPS, "an answer is cut off")
        found.append((tag, data[at : at + length]))
        at += length
    return found
