"""Device credentials (设备凭据): one password per device, made here, shown once, kept hashed.

The file has Mosquitto's own format (PBKDF2-SHA512), so both brokers read the same one.
"""

import base64
import fcntl
import hashlib
import hmac
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yitang_facilities.files import write_private

# The passwords carry 192 random bits; more rounds would only slow down reconnecting fleets.
ROUNDS = 1000


def hash_password(password: str) -> str:
    """Return the stored form of a password."""
    salt = secrets.token_bytes(12)
    return "$".join(("", "7", str(ROUNDS), _encode(salt), _encode(_digest(password, salt, ROUNDS))))


def check_password(password: str, stored: str) -> bool:
    """Tell whether a password belongs to a stored form, in constant time."""
    _, kind, rounds, salt, digest = stored.split("$")
    if kind != "7":
        return False
    expected = base64.b64decode(digest)
    return hmac.compare_digest(_digest(password, base64.b64decode(salt), int(rounds)), expected)


def read(path: Path) -> dict[str, str]:
    """Return stored forms by user name."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return {}
    return dict(line.split(":", 1) for line in lines if line)


def new_password() -> str:
    """Return a new random password of 192 bits."""
    return secrets.token_urlsafe(24)


def issue(path: Path, user: str) -> str:
    """Make a new password for a user, replacing an older one, and return it this once."""
    password = new_password()
    store(path, user, hash_password(password))
    return password


def store(path: Path, user: str, hashed: str) -> None:
    """Keep the stored form of a user's password."""
    with _locked(path):
        _write(path, read(path) | {user: hashed})


def revoke(path: Path, user: str) -> None:
    """Remove a user's password; unknown users are no error."""
    with _locked(path):
        _write(path, {name: value for name, value in read(path).items() if name != user})


def service_password(path: Path, secret: Path, user: str) -> str:
    """Return the clear password of one of our own processes, making it on first use."""
    with _locked(secret):
        if secret.exists() and user in read(path):
            return secret.read_text(encoding="ascii").strip()
        password = new_password()
        write_private(secret, password + "\n")
    store(path, user, hash_password(password))
    return password


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.with_name(f".{path.name}.lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _write(path: Path, users: dict[str, str]) -> None:
    write_private(path, "".join(f"{user}:{hashed}\n" for user, hashed in sorted(users.items())))


def _digest(password: str, salt: bytes, rounds: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
