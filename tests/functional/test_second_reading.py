"""Every setting is read once more before a meeting is submitted."""

import pytest

from portal import jobs
from tests.functional.test_meeting_procedure import confirm, enter_meeting, read_twice, step
from tests.functional.world import build_city


@pytest.fixture
def meeting(site):
    city = build_city(site)
    convenor = site.logged_in("convenor")
    confirm(convenor, city)
    return convenor, enter_meeting(convenor, city)


def submit(browser, path, status):
    token = browser.get(path).html.find("input", {"name": "csrf_token"})["value"]
    return browser.post(f"{path}step/submit", {"csrf_token": token}, status=status)


@pytest.mark.clause("EV-6.7.1", "EV-6.1.3", "EV-6.3.1.2")
def test_meeting_is_not_submitted_unread_and_a_later_edit_needs_a_new_reading(site, meeting):
    convenor, path = meeting
    assert "提交前须逐项复核" in submit(convenor, path, 422).text
    page = convenor.get(path + "second-reading")
    for words in ("聘请物业服务企业", "续聘现物业服务企业三年。", "单选", "CN-278.G", "SZ-12.1"):
        assert words in page.text
    read_twice(convenor, path)
    form = convenor.get(path + "edit").forms["form"]
    form["place"] = "小区会所二楼"
    form.submit("save", status=303)
    assert "复核以后又有改动" in submit(convenor, path, 422).text
    read_twice(convenor, path)
    submit(convenor, path, 303)
    convenor.get(path + "second-reading", status=404)


def test_part_that_was_not_ticked_or_changed_meanwhile_is_not_taken_as_read(site, meeting):
    convenor, path = meeting
    form = convenor.get(path + "second-reading").forms["reading"]
    form.fields["read"][0].checked = True
    assert "勾选每一部分" in form.submit(status=422).text
    stale = convenor.get(path + "second-reading").forms["reading"]
    for box in stale.fields["read"]:
        box.checked = True
    motion = convenor.get(path + "2026-001/edit").forms["form"]
    motion["description"] = "续聘五年。"
    motion.submit("save", status=303)
    assert "设置有改动" in stale.submit(status=422).text
    submit(convenor, path, 422)


def test_reading_is_kept_with_its_person_and_the_digest_of_what_was_read(site, meeting):
    convenor, path = meeting
    read_twice(convenor, path)

    def reading(request):
        return request.site["communities"]["haitang"]["meetings"]["2026-001"].reading

    kept = site.run(reading)
    assert kept.by
    assert kept.digest in convenor.get(path + "second-reading").text
    jobs.run_pending(site.registry, strict=True)
    assert step(convenor, path, "submit").status_int == 303
