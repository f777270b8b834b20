"""A vote that takes paper, open, with caller, counters and monitor."""

import pytest

from tests.functional.paper.steps import Round


@pytest.fixture
def voting(site, moved_clock):
    played = Round(site, moved_clock).open()
    played.appoint()
    return played
