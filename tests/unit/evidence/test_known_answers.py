"""The ciphers of the envelopes give the published values, in both languages of the verifiers."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from portal.evidence import sharing
from portal.evidence.verifier import releases
from tests.unit.evidence.test_second_verifier import node

SKINS = Path(__file__).parents[3] / "skins"
# GB/T 32907-2016, appendix A: the key is the plaintext.
SM4_KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
SM4_ONCE = "681edf34d206965e86b3e94f536e4246"
SM4_MILLION = "595298c7c6fd271f0402f804c33d3f66"
# RFC 8998, appendix A.1.
SM4_GCM = {
    "key": SM4_KEY.hex(),
    "iv": "00001234567800000000abcd",
    "aad": "feedfacedeadbeeffeedfacedeadbeefabaddad2",
    "plain": "".join(letter * 16 for letter in "abcdefea"),
    "sealed": "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
    "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d",
    "tag": "83de3541e4c2b58177e065a9bf7b62ec",
}
# Test vectors of RFC 9180 for base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
HPKE = {
    "private": "497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d",
    "public": "430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c",
    "info": "4f6465206f6e2061204772656369616e2055726e",
    "enc": "6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256",
    "aad": "436f756e742d30",
    "sealed": "e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925c"
    "dad859d5b7a",
    "plain": "4265617574792069732074727574682c20747275746820626561757479",
}
# Opens every case with the library of the second verifier, and again with a flipped bit of the tag.
SCRIPT = """
const { createRequire } = require("node:module");
const { sm4 } = createRequire(process.argv[1] + "/package.json")("sm-crypto-v2");
const raw = (text) => Buffer.from(text, "hex");
const rows = JSON.parse(require("node:fs").readFileSync(0));
console.log(JSON.stringify(rows.map((row) => {
  const open = (tag) => Buffer.from(sm4.decrypt(raw(row.sealed), raw(row.key), { mode: "gcm",
    iv: raw(row.iv), associatedData: raw(row.aad), tag, output: "array" })).toString("hex");
  const plain = open(raw(row.tag));
  const other = raw(row.tag);
  other[15] ^= 1;
  try { open(other); } catch { return plain; }
  return "opened with another tag";
})));
"""


def sealed_by_sm4(length, more):
    key, iv, plain, aad = (os.urandom(size) for size in (16, 12, length, more))
    lock = Cipher(algorithms.SM4(key), modes.GCM(iv)).encryptor()
    lock.authenticate_additional_data(aad)
    sealed = lock.update(plain) + lock.finalize()
    values = {"key": key, "iv": iv, "aad": aad, "plain": plain, "sealed": sealed, "tag": lock.tag}
    return {name: value.hex() for name, value in values.items()}


@pytest.mark.clause("EV-11.2.3")
def test_sm4_gives_the_values_of_the_standard():
    lock = Cipher(algorithms.SM4(SM4_KEY), modes.ECB()).encryptor()  # noqa: S305 - one block
    assert lock.update(SM4_KEY).hex() == SM4_ONCE
    value = SM4_KEY
    for _ in range(1_000_000):
        value = lock.update(value)
    assert value.hex() == SM4_MILLION


@pytest.mark.clause("EV-11.2.3")
def test_sm4_gcm_gives_the_values_of_the_standard_in_both_languages():
    raw = {name: bytes.fromhex(value) for name, value in SM4_GCM.items()}
    lock = Cipher(algorithms.SM4(raw["key"]), modes.GCM(raw["iv"])).encryptor()
    lock.authenticate_additional_data(raw["aad"])
    assert (lock.update(raw["plain"]) + lock.finalize(), lock.tag) == (raw["sealed"], raw["tag"])
    rows = [SM4_GCM]
    rows += [
        sealed_by_sm4(size, more) for size in (1, 15, 16, 17, 384, 1000) for more in (0, 1, 90)
    ]
    done = subprocess.run(
        [*node(), "-e", SCRIPT, str(SKINS)],
        input=json.dumps(rows).encode(),
        capture_output=True,
        check=True,
        timeout=120,
    )
    assert json.loads(done.stdout) == [row["plain"] for row in rows]


def test_shares_are_sealed_as_the_standard_says():
    raw = {name: bytes.fromhex(value) for name, value in HPKE.items()}
    private = X25519PrivateKey.from_private_bytes(raw["private"])
    assert private.public_key().public_bytes_raw() == raw["public"]
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    # The standard's own cases carry associated data, which the public call does not take.
    sealed = raw["enc"] + raw["sealed"]
    opened = openssl.hpke._decrypt_with_aad(suite, sealed, private, raw["info"], raw["aad"])
    assert opened == raw["plain"]
    share = sharing._SUITE.encrypt(b"share", private.public_key(), info=b"i")
    assert suite.decrypt(share, private, info=b"i") == b"share"
    assert len(sharing._SUITE.encrypt(bytes(16), private.public_key())) == sharing.SHARE_BYTES
    # The field of the shares: x times the highest power leaves what the polynomial says.
    assert releases.multiply(1 << 127, 2) == 0b10000111
