"""The ballot read aloud, in large print, on a phone: what the voice of the browser is given."""

import pytest
from browsing import press

from tests.browser.conftest import log_in, sideways
from tests.functional.assembly import Assembly

# The browser's voice is the outside world: what it is asked to say is written down.
EAR = """
window.said = [];
SpeechSynthesis.prototype.speak = words => window.said.push([words.lang, words.text]);
SpeechSynthesis.prototype.cancel = () => window.said.push(["", "silence"]);
"""
BUTTON = "button[data-speak]"


def heard(page):
    """Press the button and return language and words of what was read."""
    assert page.inner_text(BUTTON).strip() == "读给我听"
    assert page.eval_on_selector(BUTTON, "node => node.offsetHeight") >= 44
    page.click(BUTTON)
    assert page.get_attribute(BUTTON, "aria-pressed") == "true"
    language, words = page.evaluate("window.said.at(-1)")
    assert language == "zh-CN"
    return words


@pytest.mark.clause("EV-7.6.2")
def test_ballot_and_the_own_choices_are_read_aloud_in_large_print_on_a_phone(
    open_site, moved_clock, serve, open_page, axe
):
    voting = Assembly(open_site, moved_clock).open()
    base, page = serve(open_site.app), open_page(390)
    page.add_init_script(EAR)
    log_in(page, base, "anna")
    press(page, "button[name=mode]")
    page.goto(f"{base}{voting.path}vote")
    assert page.get_attribute("html", "data-mode") == "elder"
    size = "node => parseFloat(getComputedStyle(node).fontSize)"
    assert page.eval_on_selector("fieldset.motion .choice__title", size) >= 20
    words = heard(page)
    assert words.index("1. 续聘物业服务企业") < words.index("同意") < words.index("反对")
    page.get_by_text("反对", exact=True).first.click()
    page.get_by_role("button", name="下一步").click()
    page.wait_for_selector("button[value=confirm]")
    words = heard(page)
    assert words.index("续聘物业服务企业") < words.index("反对")
    assert "未选择，按弃权计算" in words
    assert axe(page) == []
    assert not sideways(page)
    assert page.complaints == []
