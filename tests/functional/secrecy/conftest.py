"""A secret vote that is open, and one that was counted."""

import pytest

from tests.functional.secrecy.steps import SecretVote


@pytest.fixture
def secret(open_site, moved_clock):
    return SecretVote(open_site, moved_clock)


@pytest.fixture
def counted(secret):
    secret.cast_all()
    secret.close()
    return secret
