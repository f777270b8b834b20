"""Hashes of passwords (密码散列): Argon2id, with the older schemes read until the next log-in."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptacular.bcrypt import BCRYPTPasswordManager
from cryptacular.core import DelegatingPasswordManager
from cryptacular.pbkdf2 import PBKDF2PasswordManager

SCHEME = "$argon2id$"
# 19 MiB and two passes: the least that OWASP names, so that many may log in on a small machine.
_argon2 = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class Argon2Manager:
    """Argon2id in the form cryptacular asks for; the parameters stand in each hash."""

    SCHEME = "ARGON2ID"

    def encode(self, password: str) -> str:
        """Return the hash of a password with a fresh salt."""
        return _argon2.hash(password)

    def check(self, encoded: str, password: str) -> bool:
        """Say whether a password gives this hash."""
        try:
            return _argon2.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False

    def match(self, encoded: str) -> bool:
        """Say whether a hash is of this scheme."""
        return encoded.startswith(SCHEME)


passwords = DelegatingPasswordManager(
    preferred=Argon2Manager(), fallbacks=(BCRYPTPasswordManager(), PBKDF2PasswordManager())
)
