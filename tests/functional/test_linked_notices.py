"""Notices of a vote in Beijing: written, reviewed, published and linked before the launch."""

import pytest

from tests.functional.assembly import MOTIONS, Assembly, meeting_of
from tests.functional.test_extension import step


@pytest.fixture
def assembly(site, moved_clock):
    assembly = Assembly(site, moved_clock, "beijing-2019", MOTIONS[:1])

    def unlink(request):
        meeting = meeting_of(request)
        meeting.linked_oids, meeting.agreement = (), None

    site.run(unlink)
    return assembly


PLACE = "/communities/haitang/announcements/"


def write(browser, kind, title):
    form = browser.get(PLACE + "add/announcement").forms["form"]
    form["title"], form["kind"], form["body"] = title, kind, "就续聘物业服务企业表决。"
    return form.submit("save", status=303).location


@pytest.mark.clause("BJ-G6.1", "BJ-G6.2", "BJ-G6.3", "BJ-G6.4")
def test_voting_notice_is_published_only_after_the_street_office_agreed(assembly):
    convenor, street = (assembly.site.logged_in(name) for name in ("convenor", "street"))
    path = write(convenor, "voting_notice", "投票公示一")
    assembly.site.logged_in("anna").get(path, status=403)
    step(convenor, path, "publish", status=422)
    step(convenor, path, "submit")
    assert "投票公示一" in street.get("/queue").text
    step(convenor, path, "approve", status=403)
    step(street, path, "return", status=422)
    step(street, path, "return", "请写明截止时间")
    step(convenor, path, "submit")
    step(street, path, "approve")
    assembly.site.browser().get(path, status=303)
    step(convenor, path, "publish")
    assert "投票公示一" in assembly.site.browser().get(path).text
    ordinary = write(convenor, "announcement", "停水公告")
    step(convenor, ordinary, "submit", status=422)
    step(convenor, ordinary, "publish")


@pytest.mark.clause("BJ-G7.1", "BJ-G7.2", "BJ-G7.3.1", "BJ-G7.3.2", "BJ-G7.4")
def test_vote_is_launched_only_with_both_published_notices_and_the_consent(assembly):
    convenor, street = (assembly.site.logged_in(name) for name in ("convenor", "street"))
    assert "BJ-G7.1" in step(convenor, assembly.path, "submit", status=422).text
    for kind in ("voting_notice", "voting_announcement"):
        path = write(convenor, kind, f"关于续聘的{kind}")
        form = convenor.get(assembly.path + "link-notices").forms["form"]
        assert f"关于续聘的{kind}" not in form.text
        step(convenor, path, "submit")
        step(street, path, "approve")
        step(convenor, path, "publish")
    write(convenor, "announcement", "普通公告")
    form = convenor.get(assembly.path + "link-notices").forms["form"]
    assert "普通公告" not in form.text
    choose(form)
    form.submit("save", status=422)
    form = convenor.get(assembly.path + "link-notices").forms["form"]
    choose(form)
    form["agree"] = True
    form.submit("save", status=303)
    assert assembly.look(lambda m: m.agreement.at) == assembly.clock.instant
    step(convenor, assembly.path, "submit")
    assert assembly.look(lambda m: m.workflow_state) == "submitted"
    convenor.get(assembly.path + "edit", status=403)
    step(street, assembly.path, "approve")
    step(convenor, assembly.path, "publish_notice")

    def look(request):
        meeting = meeting_of(request)
        titles = [one.title for one in meeting.community["announcements"].values()]
        return meeting.notice_oid == meeting.linked_oids[0], titles.count(meeting.title)

    assert assembly.site.run(look) == (True, 0)


def choose(form):
    for name in ("public_notice", "announcement"):
        (value, *_) = (value for value, _, text in form[name].options if "关于续聘" in text)
        form[name] = value


@pytest.mark.clause("BJ-G6.2")
def test_voting_kinds_and_links_exist_only_where_the_law_asks_for_them(site, moved_clock):
    shenzhen = Assembly(site, moved_clock)
    convenor = site.logged_in("convenor")
    kinds = [v for v, *_ in convenor.get(PLACE + "add/announcement").forms["form"]["kind"].options]
    assert kinds == ["announcement", "public_notice"]
    convenor.get(shenzhen.path + "link-notices", status=404)
