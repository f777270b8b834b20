"""Key of a trustee of one vote (选票密钥托管工具): made, tried and handed in on his own machine.

    python trustee.py new FILE                   make a key; paste what it prints into your page
    python trustee.py open FILE TEST.json        open the test envelope; paste the answer
    python trustee.py release FILE               after the close: print the key to hand in

Needs only Python 3.10 or newer and ``pip install "cryptography>=47"``. It never uses the network.
FILE is a PEM file under your passphrase: keep it and a copy of it, on a stick that no other
person has. Whoever loses it cannot help to open the ballots; whoever hands it in early can.
"""

from __future__ import annotations

import argparse
import base64
import getpass
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

ID_DIGITS = 16


def new_key(path: str, passphrase: str) -> str:
    """Make a key file at ``path`` and return the public key; an existing file is kept."""
    key = X25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return key.public_key().public_bytes_raw().hex()


def load_key(path: str, passphrase: str) -> X25519PrivateKey:
    """Return the key of a file; ValueError for another file or passphrase."""
    key = serialization.load_pem_private_key(Path(path).read_bytes(), passphrase.encode())
    if isinstance(key, X25519PrivateKey):
        return key
    msg = f"{path} is no key of a trustee"
    raise ValueError(msg)


def key_name(public: bytes) -> str:
    """Return the id under which the page of the trustees and the log show a public key."""
    return f"x25519:{hashlib.sha256(public).hexdigest()[:ID_DIGITS]}"


def answer(key: X25519PrivateKey, test: dict[str, Any]) -> str:
    """Open a test envelope and return the answer; ValueError when it is for another key."""
    name = key_name(key.public_key().public_bytes_raw())
    if test.get("type") != "trustee-test" or test.get("key") != name:
        msg = "the test envelope is for another key"
        raise ValueError(msg)
    info = json.dumps(
        {name: test[name] for name in ("type", "v", "meeting", "key")},
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    try:
        sealed = base64.b64decode(test["sealed"], validate=True)
        return suite.decrypt(sealed, key, info=info.encode()).hex()
    except InvalidTag as error:
        msg = "the test envelope does not open"
        raise ValueError(msg) from error


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the three steps to a parser."""
    steps = parser.add_subparsers(dest="step", metavar="STEP", required=True)
    texts = {
        "new": "make a key, print its public half",
        "open": "open the test envelope of your page, print the answer",
        "release": "print the private key to hand in after the close",
    }
    for name, text in texts.items():
        step = steps.add_parser(name, help=text, description=text.capitalize() + ".")
        step.add_argument("file", help="the key file")
        if name == "open":
            step.add_argument("test", help="the test envelope, as downloaded")


def run(arguments: argparse.Namespace) -> int:
    """Take one step and print what to paste into the page of the trustee."""
    passphrase = os.environ.get("TRUSTEE_PASSPHRASE") or getpass.getpass("口令 Passphrase: ")
    if not passphrase:
        sys.stderr.write("请输入口令 A passphrase is needed\n")
        return 1
    try:
        if arguments.step == "new":
            text = new_key(arguments.file, passphrase)
            sys.stderr.write(f"公钥编号 Key id: {key_name(bytes.fromhex(text))}\n")
        else:
            key = load_key(arguments.file, passphrase)
            if arguments.step == "open":
                text = answer(key, json.loads(Path(arguments.test).read_text("utf-8")))
            else:
                text = key.private_bytes_raw().hex()
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{text}\n")
    return 0


if __name__ == "__main__":
    tool = argparse.ArgumentParser(description="Key of a trustee 选票密钥托管工具")
    configure(tool)
    sys.exit(run(tool.parse_args()))
