"""One owners' meeting from the import of the register to the checked archive, page by page.

The tests are the chapters of one story and share its site, so they run as this one module, in the
order of their chapters.  Everything goes through pages, save the moving of the clock, the many
other owners and what is looked up to check.
"""

from __future__ import annotations

import pytest

from tests.functional.conftest import START, MovedClock, SiteUnderTest
from tests.functional.story.chapter_1_register import *  # noqa: F403
from tests.functional.story.chapter_2_meeting import *  # noqa: F403
from tests.functional.story.chapter_3_vote import *  # noqa: F403
from tests.functional.story.chapter_4_result import *  # noqa: F403
from tests.functional.story_steps import Story


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    from portal import clock

    moved = MovedClock(START)
    clock.set_clock(moved)
    site = SiteUnderTest(
        tmp_path_factory.mktemp("story"),
        **{"yitang.limits": "off", "yitang.identity.face": "off", "yitang.demo": "true"},
    )
    yield Story(site, moved)
    site.close()
    clock.set_clock(None)
