"""Accounts (账号): log-in names, passwords, roles at scopes and personal profile fields."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from BTrees.OOBTree import OOBTree
from persistent import Persistent
from zxcvbn import zxcvbn

from portal import clock
from portal.errors import PortalError
from portal.hashing import passwords as _passwords
from portal.rules.masking import mask_phone
from portal.security import AUTHENTICATED, EVERYONE, Role
from portal.vault import Vault

MIN_PASSWORD = 10
MAX_PASSWORD = 128
LEVEL3 = "GB/T 22239 8.1.4.1 a)"
LEAST_CLASSES = 3  # of small letters, capitals, digits and signs
KEPT_PASSWORDS = 5
PASSWORD_LIFE = timedelta(days=90)
# Of zxcvbn's estimate, 0 to 4: 3 is at least 10^8 guesses for who knows the usual patterns.
LEAST_SCORE = 3
_ESTIMATED = 72  # characters; more make no password easier to guess
# What Chinese users begin with and an English estimator does not know.
_LOCAL = ("woaini", "woaini1314", "5201314", "1314520", "yitang", "yezhu", "wuye")
# A locked account opens by itself; a stranger must not be able to keep a voter out for long.
FREE_TRIES = 5
LOCK_STEP = timedelta(minutes=1)
LOCK_MOST = timedelta(minutes=15)

# Checked against when no account matches, so that a wrong name costs as much as a wrong password.
_BCRYPT_BYTES = 72
_NOBODY = _passwords.encode(secrets.token_hex(16))


class Account(Persistent):
    """One person who can log in. Name, phone and ID number are kept sealed."""

    id = ""
    login = ""
    kind = "owner"  # owner or staff: staff must use a second factor in production
    password = ""
    password_set_at: datetime | None = None
    old_passwords: tuple[str, ...] = ()  # hashes of the last ones, newest first
    must_change_password = False
    setup_digest = ""  # of the single-use link that sets the first password
    setup_expires_at: datetime | None = None
    active = True
    language = ""
    mode = ""
    created_at: datetime | None = None
    grants: tuple[tuple[str, str], ...] = ()  # (role, scope id)
    sealed_name = b""
    sealed_phone = b""
    sealed_id_number = b""
    verified_at: datetime | None = None
    verified_by = ""  # the identity method of the profile
    subject_token = ""  # HMAC of the verified ID number: the person in owner registers
    failures = 0
    locked_until: datetime | None = None
    lock_told_at: datetime | None = None  # the lock the person was told of
    totp_secret = b""
    totp_counter = 0
    recovery: tuple[str, ...] = ()  # keyed digests of the codes for a lost phone
    consent: tuple[tuple[str, str, datetime], ...] = ()  # (text id, version, when)
    sealed_email = b""
    old_emails: tuple[tuple[bytes, datetime], ...] = ()  # sealed, and until when it was used
    identity_failed_at: datetime | None = None  # manual checks need a failed try (BJ-O4.1)
    face_pending = b""  # what waits for the verdict of the face service, sealed
    closing_at: datetime | None = None  # when the account closes, unless the person undoes it
    closed_at: datetime | None = None

    def display_name(self, vault: Vault) -> str:
        """Return how to greet the person: verified name, else log-in name or masked number."""
        name = vault.open(self.sealed_name, f"account:{self.id}:name")
        if name or self.login:
            return name or self.login
        return mask_phone(vault.open(self.sealed_phone, f"account:{self.id}:phone"))

    def principals(self) -> frozenset[str]:
        """Return the principal strings of this account."""
        return frozenset(
            (EVERYONE, AUTHENTICATED, f"account:{self.id}", *(f"{r}@{s}" for r, s in self.grants))
        )

    def has_role(self, role: str, scope: str) -> bool:
        """Say whether the account holds a role at exactly this scope."""
        return (role, scope) in self.grants

    def forget_identity(self) -> None:
        """Make the account nobody again: no name, no document, not verified."""
        self.sealed_name = self.sealed_id_number = self.face_pending = b""
        self.subject_token = self.verified_by = ""
        self.verified_at = self.identity_failed_at = None

    def forget(self) -> None:
        """Delete everything of the person and every way in; id, times and consents stay."""
        self.forget_identity()
        self.active = False
        self.login = self.password = self.setup_digest = ""
        self.sealed_phone = self.sealed_email = self.totp_secret = b""
        self.old_emails = self.grants = self.recovery = self.old_passwords = ()


class Accounts(Persistent):
    """All accounts by id, with keyed tokens of phone and log-in name."""

    def __init__(self) -> None:
        self.by_id = OOBTree()
        self.by_token = OOBTree()

    def __getitem__(self, account_id: str) -> Account:
        return self.by_id[account_id]

    def get(self, account_id: str) -> Account | None:
        """Return an account or None."""
        return self.by_id.get(account_id)

    def __iter__(self) -> Any:
        return iter(self.by_id.values())

    def __len__(self) -> int:
        return len(self.by_id)

    def create(self, vault: Vault, *, login: str = "", phone: str = "", kind: str) -> Account:
        """Create an account without a password.

        Raises PortalError when the log-in name or the phone is taken.
        """
        account = Account()
        account.id = secrets.token_hex(8)
        account.login, account.kind, account.created_at = login, kind, clock.now()
        for value, purpose in ((login, "login"), (phone, "phone")):
            if value:
                self._claim(vault.token(value, purpose), account.id, purpose)
        if phone:
            account.sealed_phone = vault.seal(phone, f"account:{account.id}:phone")
        self.by_id[account.id] = account
        return account

    def _claim(self, token: str, account_id: str, purpose: str) -> None:
        if self.by_token.get(token, account_id) != account_id:
            raise PortalError(f"account.{purpose}_taken", field=purpose, status=409)
        self.by_token[token] = account_id

    def find(self, vault: Vault, name: str) -> Account | None:
        """Return the account with this log-in name or phone number."""
        for purpose in ("login", "phone"):
            account_id = self.by_token.get(vault.token(name, purpose))
            if account_id is not None:
                return self.by_id[account_id]
        return None

    def of_person(self, person: str) -> Account | None:
        """Return the account that is a person of the owner registers, or None."""
        account_id = self.by_token.get(f"person:{person}")
        return None if account_id is None else self.by_id.get(account_id)

    def claim_person(self, account: Account, person: str) -> None:
        """Note that a person of the owner registers is this account, and no other (BJ-OQ13.1).

        Raises PortalError when another account is this person, or this account is another one.
        """
        if account.subject_token not in ("", person):
            raise PortalError("identity.other_person", clause="EV-5.1.2", status=409)
        if self.by_token.get(f"person:{person}", account.id) != account.id:
            raise PortalError("identity.other_account", clause="EV-5.1.2", status=409)
        self.by_token[f"person:{person}"] = account.id
        account.subject_token = person

    def change_phone(self, vault: Vault, account: Account, phone: str) -> None:
        """Give an account another verified phone number; the old one becomes free."""
        self._claim(vault.token(phone, "phone"), account.id, "phone")
        old = vault.open(account.sealed_phone, f"account:{account.id}:phone")
        if old and old != phone:
            del self.by_token[vault.token(old, "phone")]
        account.sealed_phone = vault.seal(phone, f"account:{account.id}:phone")


def check_password_policy(password: str, *context: str) -> None:
    """Refuse passwords that are short, long, easily guessed or made of the person's own words.

    Breached and common passwords, keyboard rows, dates and repetitions are known to zxcvbn, which
    is asked on this machine only.
    """
    if len(password) < MIN_PASSWORD:
        raise PortalError("account.password_short", field="password", least=MIN_PASSWORD)
    if len(password) > MAX_PASSWORD:
        raise PortalError("account.password_long", field="password", most=MAX_PASSWORD)
    lower = password.lower()
    known = [word for word in (*_LOCAL, *context) if word]
    if zxcvbn(password[:_ESTIMATED], user_inputs=known)["score"] < LEAST_SCORE:
        raise PortalError("account.password_common", field="password")
    if any(len(word) > 3 and word.lower() in lower for word in ("yitang", "议堂议堂", *context)):
        raise PortalError("account.password_context", field="password")


def _whole(password: str) -> str:
    """Return what is hashed: the older bcrypt reads 72 bytes, so more is digested first."""
    data = password.encode()
    if len(data) <= _BCRYPT_BYTES and b"\0" not in data:
        return password
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def set_password(account: Account, password: str, *context: str) -> None:
    """Store a new password as a hash after checking the policy."""
    check_password_policy(password, account.login, *context)
    if account.password:
        account.old_passwords = (account.password, *account.old_passwords)[:KEPT_PASSWORDS]
    account.password = _passwords.encode(_whole(password))
    account.password_set_at = clock.now()
    account.must_change_password = False


def check_level3(account: Account, password: str) -> None:
    """Refuse what level 3 refuses for staff: too few classes, or one of the last passwords.

    Raises PortalError (GB/T 22239 8.1.4.1 a).
    """
    tests = (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum())
    if sum(any(test(c) for c in password) for test in tests) < LEAST_CLASSES:
        raise PortalError("account.password_classes", clause=LEVEL3, field="password")
    for old in (account.password, *account.old_passwords):
        if old and _passwords.check(old, _whole(password)):
            raise PortalError("account.password_used", clause=LEVEL3, field="password")


def password_is_old(account: Account) -> bool:
    """Say whether a member of staff has used the password for longer than level 3 allows."""
    since = account.password_set_at or account.created_at
    return since is not None and clock.now() - since > PASSWORD_LIFE


def authenticate(account: Account | None, password: str) -> bool:
    """Say whether the password is right; counts failures and rehashes old schemes.

    Raises PortalError while the account is locked. An unknown account costs the same time.
    """
    if account is None or not account.password:
        _passwords.check(_NOBODY, _whole(password))
        return False
    now = clock.now()
    if account.locked_until is not None and now < account.locked_until:
        # As slow as a real answer: a lock must not show in the time of the log-in page either.
        _passwords.check(account.password, _whole(password))
        raise PortalError("account.locked", status=429, until=clock.local(account.locked_until))
    right = bool(_passwords.check(account.password, _whole(password))) and account.active
    if right:
        account.failures, account.locked_until = 0, None
        if not _passwords.preferred.match(account.password):
            account.password = _passwords.encode(_whole(password))
        return True
    count_failure(account)
    return False


def count_failure(account: Account) -> None:
    """Count a wrong answer; after the free tries the account is locked for a growing while."""
    account.failures += 1
    if account.failures >= FREE_TRIES:
        over = account.failures - FREE_TRIES
        account.locked_until = clock.now() + min(LOCK_STEP * 2**over, LOCK_MOST)


def grant(account: Account, role: Role | str, scope: str) -> None:
    """Give a role at a scope; giving it twice changes nothing.

    The three administrators exclude each other (GB/T 22239 8.1.4.2 d).
    """
    role = str(role)
    trio = {Role.ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR}
    held = {name for name, _ in account.grants}
    if role in trio and held & (trio - {role}):
        raise PortalError("account.administrators_exclude", clause="GB/T 22239 8.1.4.2 d")
    if not account.has_role(role, scope):
        account.grants = (*account.grants, (role, scope))


def revoke(account: Account, role: Role | str, scope: str) -> None:
    """Take a role at a scope away."""
    account.grants = tuple(pair for pair in account.grants if pair != (str(role), scope))
