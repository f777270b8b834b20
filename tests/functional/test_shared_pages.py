"""Pages kept for many: nobody sees an old page, another person's page, or one he has lost."""

import re
from datetime import timedelta
from html import unescape

import pytest

from content_types.posting import Posting
from portal import accounts, clock, content, workflow
from portal.security import Role
from tests.functional.conftest import PASSWORD
from tests.functional.world import build_city


@pytest.fixture
def city(open_site):
    build_city(open_site, register="")
    return open_site


@pytest.fixture
def path(city):
    return publish(city)


def publish(site, **values):
    """Put an announcement up and return its path."""

    def act(request):
        place = request.site["communities"]["haitang"]["announcements"]
        values_ = {"title": "电梯检修", "body": "六月一日停用。"} | values
        item = content.create("announcement", request, **values_)
        content.add(place, item, request)
        workflow.transition(item, "publish", request, system=True)
        return request.resource_path(item)

    found = site.run(act)
    site.drain()
    return found


def item_of(request, path):
    """Return the announcement of a path."""
    name = path.rstrip("/").rpartition("/")[2]
    return request.site["communities"]["haitang"]["announcements"][name]


def owner(site, login):
    """Return the browser of an owner in the community."""

    def make(request):
        account = request.site.accounts.create(request.vault, login=login, kind="owner")
        accounts.set_password(account, PASSWORD)
        scope = request.site["communities"]["haitang"].scope_id
        accounts.grant(account, Role.OWNER, scope)

    site.run(make)
    return site.logged_in(login)


def kept(site):
    """Return how many pages are kept now."""
    found = site.registry.shared_pages
    return 0 if found is None else len(found.pages)


def token(page):
    """Return the token of a page's forms."""
    return page.html.find("input", {"name": "csrf_token"})["value"]


def test_page_of_visitors_is_kept_and_sets_no_cookie(city, path):
    first, second = city.browser().get(path), city.browser().get(path)
    assert kept(city) == 1
    assert first.body == second.body
    for page in (first, second):
        assert "电梯检修" in page.text
        assert "Set-Cookie" not in page.headers
        assert page.headers["Cache-Control"] == "no-store"
        assert "csrf_token" not in page.text


def test_withdrawn_announcement_is_gone_at_the_next_request(city, path):
    browser, neighbour = city.browser(), owner(city, "anna")
    for one in (browser, neighbour):
        one.get(path)
        one.get(path)
    assert kept(city) == 2
    city.run(
        lambda request: workflow.transition(
            item_of(request, path), "retract", request, comment="写错了", system=True
        )
    )
    browser.get(path, status=303)
    neighbour.get(path, status=403)
    # Who may still read it sees the new state and not the page from before.
    assert "已撤下" in city.logged_in("convenor").get(path).text


def test_any_change_in_the_database_ends_the_kept_page(city, path):
    browser = city.browser()
    assert "海棠花园" in browser.get(path).text

    def rename(request):
        request.site["communities"]["haitang"].title = "紫荆花园"

    city.run(rename)
    assert "紫荆花园" in browser.get(path).text


def test_visitors_and_those_logged_in_never_get_each_others_page(city, path):
    anna = owner(city, "anna")
    assert "anna" in anna.get(path).text
    visitor = city.browser().get(path)
    assert "anna" not in visitor.text
    assert "退出登录" not in visitor.text
    assert "登录" in visitor.text
    assert "退出登录" in anna.get(path).text


def test_owners_share_the_text_but_neither_name_nor_token(city, path):
    anna, berta = owner(city, "anna"), owner(city, "berta")
    pages = [one.get(path) for one in (anna, berta, anna, berta)]
    assert kept(city) == 1
    assert len({token(page) for page in pages}) == 2
    assert token(pages[0]) == token(pages[2])
    for page, own, other in zip(pages, ("anna", "berta") * 2, ("berta", "anna") * 2, strict=True):
        assert own in page.text
        assert other not in page.text
    # The token that was filled in is the one the server takes.
    form = pages[3].forms[0]
    assert form.submit("mode", value="elder", status=303)


def test_page_of_more_rights_is_not_shown_to_others(city, path):
    convenor = city.logged_in("convenor")
    assert "/step/retract" in convenor.get(path).text
    assert "/step/retract" not in owner(city, "anna").get(path).text
    assert "/step/retract" in convenor.get(path).text


def test_right_given_and_taken_counts_at_once(city, path):
    anna = owner(city, "anna")
    assert "/step/retract" not in anna.get(path).text

    def set_convenor(given):
        def act(request):
            account = request.site.accounts.find(request.vault, "anna")
            scope = request.site["communities"]["haitang"].scope_id
            change = accounts.grant if given else accounts.revoke
            change(account, Role.CONVENOR, scope)

        return act

    city.run(set_convenor(True))
    assert "/step/retract" in anna.get(path).text
    city.run(set_convenor(False))
    assert "/step/retract" not in anna.get(path).text


def test_language_and_look_decide(city, path):
    chinese, english, elder = city.browser(), city.browser(), city.browser()
    english.set_cookie("yitang_lang", "en")
    elder.set_cookie("yitang_mode", "elder")
    for _ in range(2):
        assert 'lang="zh-CN" data-mode=""' in chinese.get(path).text
        assert 'lang="en"' in english.get(path).text
        assert "Log in" in english.get(path).text
        assert 'data-mode="elder"' in elder.get(path).text
    header = {"Accept-Language": "en"}
    assert 'lang="en"' in city.browser().get(path, headers=header).text


def test_address_and_host_decide(city, path):
    browser = city.browser()
    browser.get(path)
    page = browser.get(path, {"a": "1"})
    assert f'value="{path}?a=1"' in unescape(page.text)
    other = browser.get(path, headers={"Host": "other.example"})
    assert "http://localhost/" not in other.text


def test_time_moves_on(city, moved_clock):
    path = publish(city, kind="public_notice")

    def post(request):
        request.site["communities"]["haitang"].profile_id = "shenzhen-draft-2019"
        item_of(request, path).posting = Posting("大门", moved_clock(), "", "", moved_clock())

    city.run(post)
    browser, times, left = city.browser(), [], []
    for _ in range(3):
        page = browser.get(path).text
        times.append(re.search(r"<time>([^<]+)</time>\s*<span[^>]*>（", page)[1])
        left.append(re.search(r'class="time-left">([^<]+)<', page)[1])
        local = clock.local(moved_clock())
        assert f"{local.hour:02}:{local.minute:02}" in times[-1]
        moved_clock.forward(hours=1, minutes=1)
    assert len(set(times)) == 3
    assert len(set(left)) == 3


def test_page_is_never_older_than_a_minute(city, path, moved_clock):
    city.browser().get(path)
    state = city.registry.shared_pages.state
    moved_clock.instant += timedelta(seconds=60)
    city.browser().get(path)
    assert city.registry.shared_pages.state != state


def test_flash_message_shows_once_and_to_nobody_else(city, path):
    convenor = city.logged_in("convenor")
    convenor.get(path)
    page = convenor.get(path)
    form = next(f for f in page.forms.values() if f.action.endswith("/step/retract"))
    form["comment"] = "写错了"
    done = form.submit(status=303).follow()
    assert 'class="notice notice--success' in done.text
    assert 'class="notice notice--success' not in convenor.get(path).text
    assert kept(city) == 1


def test_maker_of_an_announcement_has_a_page_of_his_own(city):
    convenor = city.logged_in("convenor")
    form = convenor.get("/communities/haitang/announcements/add/announcement").forms["form"]
    form["title"], form["body"] = "停水", "明天停水。"
    path = form.submit("save", status=303).location
    convenor.get(path)  # with the message of the step
    convenor.get(path)
    assert kept(city) == 0


def test_visitor_changes_the_look_without_a_token_but_nobody_else_does(city, path):
    browser, anna = city.browser(), owner(city, "anna")
    form = browser.get(path).forms[0]
    assert form.submit("mode", value="elder", status=303)
    assert 'data-mode="elder"' in browser.get(path).text
    anna.post("/preferences", {"mode": "elder"}, status=400)
    assert 'data-mode=""' in anna.get(path).text


@pytest.mark.parametrize("path", ["/", "/communities/haitang/", "/communities/haitang/meetings/"])
def test_places_are_kept_for_visitors_only(city, path):
    anna = owner(city, "anna")
    pages = [city.browser().get(path) for _ in range(2)]
    assert kept(city) == 1
    assert pages[0].body == pages[1].body
    assert "anna" in anna.get(path).text
    assert kept(city) == 1


def test_new_announcement_stands_on_the_home_of_its_community_at_once(city):
    browser = city.browser()
    assert "电梯检修" not in browser.get("/communities/haitang/").text
    publish(city)
    assert "电梯检修" in browser.get("/communities/haitang/").text


@pytest.mark.parametrize("path", ["/help", "/policies", "/help/rules"])
def test_texts_are_kept_for_who_is_logged_in_too(city, path):
    anna, berta = owner(city, "anna"), owner(city, "berta")
    for name, browser in (("anna", anna), ("berta", berta), ("anna", anna)):
        assert name in browser.get(path).text
    assert kept(city) == 1
