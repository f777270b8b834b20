"""Dates in refusals are shown as the language of the page writes them."""

from pathlib import Path

import pytest
from pyramid.i18n import make_localizer

import skins
from portal import i18n
from portal.rules.errors import RuleError

LOCALE = str(Path(skins.__file__).parent / "locale")


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh_CN", ("2026年5月30日", "2026年6月20日")), ("en", ("30 May 2026", "20 Jun 2026"))],
)
def test_dates_of_a_refusal_are_written_in_the_language_of_the_page(language, words):
    error = RuleError("refusal.entry_too_late", last="2026-05-30", opens="2026-06-20")
    text = make_localizer(language, [LOCALE]).translate(i18n.of_error(error))
    assert all(word in text for word in words)
    assert "2026-05" not in text
