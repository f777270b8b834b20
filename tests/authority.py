"""A time-stamp authority of the test: certificates of its own, answers made by OpenSSL."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# No `certs` here: OpenSSL 3.0 then embeds a chain in an order that is no DER set.
CONFIG = """
[tsa]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
"""


class Authority:
    """Its root certificate is ``root``; ``answer`` replies to a query."""

    def __init__(self, folder: Path, name: str = "test") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.root = folder, folder / "root.pem"
        self.down, self.asked = False, 0
        self._lock = threading.Lock()
        root_key, tsa_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        root = _certificate(f"{name} root", f"{name} root", root_key, root_key, tsa=False)
        tsa = _certificate(f"{name} tsa", f"{name} root", tsa_key, root_key, tsa=True)
        self.root.write_bytes(root.public_bytes(serialization.Encoding.PEM))
        (folder / "tsa.pem").write_bytes(tsa.public_bytes(serialization.Encoding.PEM))
        (folder / "tsa.key").write_bytes(
            tsa_key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        (folder / "serial").write_text("01\n", "ascii")
        (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder), "ascii")

    def answer(self, query: bytes) -> bytes:
        """Return the DER answer to a query."""
        with self._lock:
            (self.folder / "query").write_bytes(query)
            done = subprocess.run(
                [
                    *("openssl", "ts", "-reply", "-queryfile", str(self.folder / "query")),
                    *("-config", str(self.folder / "tsa.cnf"), "-section", "tsa"),
                ],
                capture_output=True,
                check=True,
            )
            return done.stdout

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Answer over HTTP during the block; the value is the address."""
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                right = self.headers["Content-Type"] == "application/timestamp-query"
                authority.asked += 1
                body = b"" if authority.down or not right else authority.answer(query)
                self.send_response(200 if body else 503)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/tsa"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def settings(self, url: str) -> dict[str, str]:
        """Return the settings of a site that uses it."""
        return {
            "yitang.tsa.url": url,
            "yitang.tsa.certificate": str(self.root),
            "yitang.outgoing.private": "true",
            "yitang.outgoing.hosts": "127.0.0.1",
        }


def _certificate(
    subject: str,
    issuer: str,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    *,
    tsa: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=not tsa, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False
        )
    )
    if tsa:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    else:
        usage_of_root = x509.KeyUsage(
            digital_signature=False, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=True,
            encipher_only=False, decipher_only=False,
        )  # fmt: skip
        builder = builder.add_extension(usage_of_root, critical=True)
    return builder.sign(by, hashes.SHA256())
