"""Keys live in files that only their owner reads and that nobody replaces."""

import stat

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from portal.errors import ConfigurationError
from portal.evidence.canonical import EvidenceError
from portal.evidence.keys import (
    Ed25519Signer,
    create_kek_file,
    create_key_file,
    load_kek,
    public_record,
    sign_record,
    verify_record,
    write_secret,
)
from tests.unit.evidence.sample import signer

RECORD = {"type": "sample", "v": 1, "text": "议堂"}


def test_key_file_is_private_and_read_again(tmp_path):
    path = tmp_path / "log.pem"
    created = create_key_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Ed25519Signer.from_file(path).key_id == created.key_id


def test_existing_key_is_never_replaced(tmp_path):
    path = tmp_path / "log.pem"
    create_key_file(path)
    before = path.read_bytes()
    with pytest.raises(ConfigurationError, match="cannot be created"):
        create_key_file(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_key_open_to_others_stops_the_start(tmp_path, mode):
    path = tmp_path / "log.pem"
    create_key_file(path)
    path.chmod(mode)
    with pytest.raises(ConfigurationError, match="open to others"):
        Ed25519Signer.from_file(path)


def test_missing_key_is_not_created_silently(tmp_path):
    path = tmp_path / "log.pem"
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Ed25519Signer.from_file(path)
    assert not path.exists()


def test_foreign_key_stops_the_start(tmp_path):
    path = tmp_path / "log.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    write_secret(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(ConfigurationError, match="not an Ed25519 key"):
        Ed25519Signer.from_file(path)
    write_secret(tmp_path / "junk.pem", b"junk")
    with pytest.raises(ConfigurationError, match="not an unencrypted PEM"):
        Ed25519Signer.from_file(tmp_path / "junk.pem")


def test_key_encryption_key_has_32_bytes(tmp_path):
    kek = create_kek_file(tmp_path / "kek")
    assert load_kek(tmp_path / "kek") == kek
    assert len(kek) == 32
    write_secret(tmp_path / "short", b"00ff\n")
    write_secret(tmp_path / "text", b"xyz")
    for name in ("short", "text", "missing"):
        with pytest.raises(ConfigurationError):
            load_kek(tmp_path / name)


def test_signature_covers_every_field():
    signed = sign_record(signer(), RECORD)
    public = public_record(signer())
    assert verify_record(public, signed)
    for change in ({"text": "堂议"}, {"more": 1}, {"type": "other"}, {"key": "ed25519:00"}):
        assert not verify_record(public, {**signed, **change})
    assert not verify_record(public_record(signer(2)), signed)
    assert not verify_record(public, RECORD)


def test_public_key_must_fit_its_name():
    forged = {**public_record(signer(2)), "key": signer().key_id}
    assert not verify_record(forged, sign_record(signer(), RECORD))


def test_unknown_algorithm_is_not_taken_for_valid():
    with pytest.raises(EvidenceError, match="sm2"):
        verify_record(
            {**public_record(signer()), "algorithm": "sm2"}, sign_record(signer(), RECORD)
        )
