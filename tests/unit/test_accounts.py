"""Passwords: every character counts, and two accounts never share a stored value."""

from __future__ import annotations

import pytest

from portal import accounts


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
        ("主" + "业" * 99, "主" + "业" * 98 + "主"),
        ("long enough" + "x" * 80 + "1", "long enough" + "x" * 80 + "2"),
        ("long enough\0one", "long enough\0two"),
    ],
)
def test_no_character_of_a_password_is_cut_off(password, almost):
    account = accounts.Account()
    accounts.set_password(account, password)
    assert accounts.authenticate(account, password)
    assert not accounts.authenticate(account, almost)
