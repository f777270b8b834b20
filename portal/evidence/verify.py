"""Verifier of publication packages and vouchers (离线验证程序); the product is not needed.

    python verify.py PACKAGE.zip [--key KEYID]
    python verify.py VOTING-RIGHT.json [--key KEYID]
    python verify.py VOUCHER.json [PROOF.json | PACKAGE.zip] [--key KEYID]

Hashes and arithmetic need only the standard library. Signatures and the opening of ballots need
the ``cryptography`` package, time stamps ``rfc3161-client``; without them the report says what was
not checked. The exit code is 0 when nothing failed and 1 otherwise.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from portal.evidence.verifier.certificate import verify_certificate
from portal.evidence.verifier.package import Package
from portal.evidence.verifier.report import Report, Rows, Values
from portal.evidence.verifier.voucher import verify_voucher

CERTIFICATE = b'"type":"voting-right"'


def verify(source: str | Path | bytes, trusted: Values = ()) -> Report:
    """Verify a package or voucher, given as path or content, and return the report.

    ``trusted`` are the ids of the signing keys that the reader knows from elsewhere.
    """
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    if CERTIFICATE in data and data[:1] == b"{":
        return verify_certificate(data, trusted)
    if data[:1] == b"{":
        return verify_voucher(data, trusted=trusted)
    return Package(data).verify(trusted)


def main(arguments: Rows | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(description="Verify a package or voucher 验证发布包或凭证")
    parser.add_argument("file", help="package.zip or voucher.json")
    parser.add_argument("proof", nargs="?", help="proof.json or package.zip, for a voucher")
    parser.add_argument(
        "--key", action="append", default=[], help="key id printed on the notice 公告上的密钥编号"
    )
    options = parser.parse_args(arguments)
    try:
        data = Path(options.file).read_bytes()
        proof = Path(options.proof).read_bytes() if options.proof else None
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}\n")
        return 1
    if proof is not None or (data[:1] == b"{" and CERTIFICATE not in data):
        report = verify_voucher(data, proof, tuple(options.key), file=Path(options.file).name)
    else:
        report = verify(data, tuple(options.key))
    sys.stdout.buffer.write((report.text() + "\n").encode("utf-8"))
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
