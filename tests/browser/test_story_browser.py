"""The main steps of owner and convenor in a browser, on a phone and on a desktop."""

import gc

import pytest
from browsing import press
from demo_site import PASSWORD
from playwright.sync_api import expect

from portal import accounts
from tests.browser.test_every_page import Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

HOME = "/communities/haitang/"
VOTING = f"{HOME}meetings/2026-003/"
NOTICED = f"{HOME}meetings/2026-004/"
ARCHIVED = f"{HOME}meetings/2026-001/"
WIDTHS = {390: 844, 1280: 900}


@pytest.fixture
def person(browser, demo):
    """Let somebody open a browser; at the end nothing was wrong in any of them."""
    opened = []

    def come(login, width, **options):
        size = {"width": width, "height": WIDTHS[width]}
        one = Person(browser, demo, login, viewport=size, **options)
        opened.append(one)
        return one

    yield come
    for one in opened:
        assert one.complaints == []
        assert one.hosts == {demo.address.split("/")[2]}
        one.context.close()


@pytest.fixture
def voter(demo):
    """Return the number of an owner who can vote in the open meeting and has not done so."""

    def find(request):
        meeting = request.site["communities"]["haitang"]["meetings"]["2026-003"]
        box = meeting.ballot_box
        for unit in meeting.community["owners"].units():
            right = box.roll.right_of(unit.code)
            if right is None or box.slots[right.key].is_cast or len(unit.bindings) != 1:
                continue
            account = request.site.accounts[unit.bindings[0].account_id]
            if len(right.units) == 1 and not account.password:
                accounts.set_password(account, PASSWORD)
                return unit.holder_phone(request.vault, unit.holders[0].person)
        raise AssertionError("everybody has voted")

    return demo.run(find)


def mark(tab, number, words):
    """Choose an option of the nth motion by its words."""
    motion = tab.locator("fieldset.motion").nth(number)
    motion.get_by_text(words, exact=True).click()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.clause("EV-7.3.1")
def test_owner_votes_from_my_page_to_the_voucher(person, demo, voter, width, script):
    tab = person(voter, width, java_script_enabled=script).tab
    tab.goto(f"{demo.address}/me")
    press(tab, tab.get_by_role("link", name="去投票").first)
    if "/vote" not in tab.url:
        tab.get_by_role("link", name="去投票").first.click()
    mark(tab, 0, "同意")
    mark(tab, 1, "反对")
    tab.get_by_role("button", name="下一步：核对").click()
    said = tab.locator("dl.facts--stacked")
    expect(said).to_contain_text("同意")
    expect(said).to_contain_text("反对")
    tab.get_by_role("button", name="返回修改").click()
    mark(tab, 1, "弃权")
    tab.get_by_role("button", name="下一步：核对").click()
    expect(said).to_contain_text("弃权")
    tab.get_by_role("button", name="确认投票").click()
    expect(tab.locator("h1")).to_have_text("电子投票凭证")
    with tab.expect_download() as download:
        tab.get_by_role("link", name="PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    tab.goto(demo.address + VOTING)
    expect(tab.locator("main")).to_contain_text("不能再投或者更改")
    tab.goto(f"{demo.address}{VOTING}vote")
    assert tab.locator("fieldset.motion").count() == 0
    expect(tab.locator("h1")).to_have_text("电子投票凭证")


@pytest.mark.clause("EV-7.3.1")
def test_owner_votes_with_the_keyboard_alone(person, demo, voter):
    tab = person(voter, 1280).tab
    tab.goto(f"{demo.address}{VOTING}vote")

    def press_on(selector, key):
        """Go on by Tab until the focus is there, then press a key; nothing may trap the focus."""
        for _ in range(80):
            tab.keyboard.press("Tab")
            if tab.evaluate("selector => document.activeElement.matches(selector)", selector):
                tab.keyboard.press(key)
                return
        raise AssertionError(f"{selector} cannot be reached by Tab")

    press_on("[name='m-m1']", "Space")
    press_on("[name='m-m2']", "ArrowDown")
    with tab.expect_navigation():
        press_on("button[value=review]", "Enter")
    said = tab.locator("dl.facts--stacked")
    expect(said).to_contain_text("同意")
    expect(said).to_contain_text("反对")
    press_on("button[value=confirm]", "Enter")
    expect(tab.locator("h1")).to_have_text("电子投票凭证")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.clause("SZ-17.1")
def test_convenor_sees_turnout_but_no_choice(person, demo, width):
    tab = person("convenor", width).tab
    tab.goto(demo.address + HOME)
    tab.get_by_role("link", name="第三次业主大会会议").first.click()
    tab.get_by_role("link", name="查看每户是否已投票").click()
    expect(tab.locator("main")).to_contain_text("/ 1136 人")
    assert tab.locator(".cell").count() > 0
    assert "反对" not in tab.inner_text("main")
    assert tab.goto(f"{demo.address}{VOTING}result").status == 404


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.clause("SZ-12.2")
def test_street_office_reads_the_difference_and_needs_a_reason_to_return(
    person, demo, width, script
):
    tab = person("street", width, java_script_enabled=script).tab
    tab.goto(f"{demo.address}/queue")
    tab.get_by_role("link", name="第五次业主大会会议").click()
    tab.get_by_role("link", name="与上一版比较").click()
    expect(tab.locator("ins").first).to_be_visible()
    tab.get_by_text("退回修改", exact=True).first.click()
    reason = tab.locator("textarea[name=comment]:visible")
    expect(reason).to_be_visible()
    assert reason.get_attribute("required") is not None


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.clause("EV-8.3.3")
# WebOb leaves the temporary file of an upload to the collector of garbage, which complains.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_anybody_finds_the_result_and_checks_the_package(person, demo, width, script, tmp_path):
    tab = person("", width, java_script_enabled=script).tab
    tab.goto(demo.address + ARCHIVED)
    tab.get_by_role("link", name="查看结果和依据").click()
    expect(tab.locator("main")).to_contain_text("≥ 2/3")
    with tab.expect_download() as download:
        tab.locator("a[href$='result.zip']").click()
    good = download.value.path().read_bytes()
    middle = len(good) // 2
    bad = good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :]
    for data, words in ((good, "查验通过"), (bad, "查验不通过")):
        tab.goto(f"{demo.address}/verify")
        tab.locator("input[type=file]").set_input_files(
            {"name": "package.zip", "mimeType": "application/zip", "buffer": data}
        )
        tab.locator("main form button").first.click()
        expect(tab.locator("main")).to_contain_text(words)
    gc.collect()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.clause("SZ-15.1")
def test_owner_objects_to_a_notice(person, demo, width):
    tab = person(demo.owners[2], width).tab
    tab.goto(demo.address + NOTICED)
    tab.get_by_role("link", name="提出异议").first.click()
    tab.locator("select[name=subject]").select_option(index=1)
    tab.get_by_role("button", name="提交").or_(tab.locator("button[name=save]")).first.click()
    expect(tab.locator("[data-error-summary]")).to_be_visible()
    tab.locator("textarea[name=text]").fill("公示的会议地点与实际不符。")
    tab.locator("button[name=save]").click()
    expect(tab.locator("main")).to_contain_text("公示的会议地点与实际不符。")
