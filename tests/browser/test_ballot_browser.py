"""The ballot in a browser: few taps, every width, large print, the order a screen reader reads."""

import pytest
from browsing import press

from tests.browser.conftest import log_in, sideways
from tests.functional.assembly import Assembly

WIDTHS = (320, 390, 768, 1280)
# What stands on the page in the order in which it is read.
ORDER = "nodes => nodes.map(n => n.innerText || n.getAttribute('type')).map(t => t.split('\\n')[0])"


@pytest.mark.clause("EV-7.6.2", "EV-7.6.3", "EV-7.2.1")
def test_ballot_is_two_taps_from_home_and_whole_at_every_width_and_in_large_print(
    open_site, moved_clock, serve, open_page, axe
):
    voting = Assembly(open_site, moved_clock).open()
    base, page = serve(open_site.app), open_page(390)
    log_in(page, base, "anna")
    page.goto(base + "/")
    page.click(f"main a[href='{voting.path}vote']")
    page.wait_for_selector("fieldset.motion")
    faults = []
    for mode in ("standard", "elder"):
        if mode == "elder":
            press(page, "button[name=mode]")
            page.goto(f"{base}{voting.path}vote")
            assert page.get_attribute("html", "data-mode") == "elder"
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            faults += [(mode, width, *one) for one in axe(page)]
            if sideways(page):
                faults.append((mode, width, "sideways"))
        small = page.eval_on_selector_all(
            ".choice", "nodes => nodes.filter(n => n.offsetHeight < 44).length"
        )
        assert small == 0
    assert faults == []
    read = page.eval_on_selector_all("main h1, legend, .choice, form#vote button", ORDER)
    assert read[0] == "2026年业主大会会议"
    assert read[1:5] == ["1. 续聘物业服务企业", "同意", "反对", "弃权"]
    assert read[-1] == "下一步：核对"
    named = page.eval_on_selector_all(
        "fieldset.motion",
        "nodes => nodes.every(n => document.getElementById(n.getAttribute('aria-describedby')))",
    )
    assert named
    assert page.complaints == []
