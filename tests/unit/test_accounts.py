"""Passwords: every character counts, and two accounts never share a stored value."""

from __future__ import annotations

import pytest
from cryptacular.bcrypt import BCRYPTPasswordManager

from portal import accounts
from portal.errors import PortalError

# 99 different characters of three bytes each, far more than the 72 bytes that bcrypt reads.
CHINESE = "".join(chr(0x4E00 + 37 * number) for number in range(99))


@pytest.mark.clause("EV-5.2.1.2")
def test_two_accounts_with_one_password_store_different_values():
    first, second = accounts.Account(), accounts.Account()
    for account in (first, second):
        accounts.set_password(account, "a long enough phrase")
    assert first.password != second.password
    assert "phrase" not in first.password
    assert accounts.authenticate(first, "a long enough phrase")


@pytest.mark.parametrize(
    ("password", "almost"),
    [
        (CHINESE + "业", CHINESE + "主"),
        ("long enough" + "x" * 80 + "1", "long enough" + "x" * 80 + "2"),
        ("long enough\0one", "long enough\0two"),
    ],
)
def test_no_character_of_a_password_is_cut_off(password, almost):
    account = accounts.Account()
    accounts.set_password(account, password)
    assert accounts.authenticate(account, password)
    assert not accounts.authenticate(account, almost)


@pytest.mark.clause("v5.0.0-6.2.4", "v5.0.0-6.2.11")
@pytest.mark.parametrize(
    "password",
    [
        *("1234567890", "password123", "qwertyuiop", "1qaz2wsx3edc", "aaaaaaaaaaaa"),
        *("woaini1314", "5201314520", "iloveyou1314", "Passw0rd2026"),
        "yitang2026!",
    ],
)
def test_breached_or_easily_guessed_password_is_refused(password):
    with pytest.raises(PortalError, match=r"account\.password"):
        accounts.check_password_policy(password)


def test_password_made_of_the_own_number_is_refused():
    with pytest.raises(PortalError, match=r"account\.password"):
        accounts.check_password_policy("13800138001a", "13800138001")


def test_phrases_and_long_passwords_pass():
    for password in ("a long enough phrase", "海棠花园业主大会2026", "Kx9#fLw2pQ", CHINESE):
        accounts.check_password_policy(password)


@pytest.mark.clause("v5.0.0-11.4.2")
def test_password_is_hashed_by_argon2id_and_an_older_hash_is_replaced_at_log_in():
    account = accounts.Account()
    accounts.set_password(account, "a long enough phrase")
    assert account.password.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    account.password = BCRYPTPasswordManager().encode("a long enough phrase")
    assert not accounts.authenticate(account, "another long phrase")
    assert accounts.authenticate(account, "a long enough phrase")
    assert account.password.startswith("$argon2id$")
    assert accounts.authenticate(account, "a long enough phrase")
