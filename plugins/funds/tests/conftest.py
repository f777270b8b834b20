"""Fixtures of these tests."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fund_site import FundSite
from funds_factories import make_book

from portal import clock
from tests.functional.conftest import START


@pytest.fixture
def site(tmp_path):
    """Return a fresh site with an empty book; its clock stands still."""
    with clock.freeze(START):
        under_test = FundSite(tmp_path)
        yield under_test
        under_test.close()


@pytest.fixture
def book():
    """Return an empty book with open sub-accounts."""
    return make_book()
