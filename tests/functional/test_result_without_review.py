"""Where no law has the street office look at results, nobody submits one or waits for it (C-13)."""

import pytest

from tests.functional.scenarios.play_of_a_place import steps_of, words
from tests.functional.test_extension import step
from tests.functional.test_publishing import cockpit, counted_by, inbox, told

SUBMIT = "提交结果给街道"
PLACES = ("beijing-2019", "generic")


@pytest.fixture(params=PLACES)
def counted(request, site, moved_clock):
    return counted_by(site, moved_clock, request.param)


def state(voting):
    return voting.look(lambda m: m.workflow_state)


@pytest.mark.clause("C-13")
def test_convenor_is_told_to_publish_a_result_that_nobody_reviews_and_does_so_at_once(counted):
    page = counted.site.logged_in("convenor").get(counted.path)
    assert steps_of(page) >= {"publish_result"}
    assert "submit_result" not in steps_of(page)
    assert SUBMIT not in words(page)
    (message,) = (one for one in inbox(counted, "convenor") if one.template_id == "result.review")
    assert "下一步：打印结果、盖章并公示结果" in message.body
    assert "街道" not in message.body
    row = cockpit(counted)
    assert "公示结果" in row
    assert SUBMIT not in row
    step(counted.site.logged_in("convenor"), counted.path, "publish_result")
    assert state(counted) == "published"
    counted.site.drain()
    assert "result.published_undated" in told(counted, "anna")


@pytest.mark.clause("C-13")
def test_street_office_is_never_told_of_a_result_it_does_not_review(counted):
    street = counted.site.logged_in("street")
    title = counted.look(lambda m: m.title)
    assert title not in words(street.get("/queue"))
    assert not steps_of(street.get(counted.path)) & {"submit_result", "review_result"}
    counted.clock.forward(hours=1)
    counted.site.drain()
    assert state(counted) == "counted"
    step(counted.site.logged_in("convenor"), counted.path, "publish_result")
    counted.site.drain()
    assert not [one for one in told(counted, "street") if one.startswith("result.submitted")]
    assert told(counted, "convenor").count("review.approved") == 1  # The entry, not the result.


@pytest.mark.clause("C-13")
def test_submitting_a_result_that_nobody_reviews_is_refused_with_the_clause(counted):
    convenor = counted.site.logged_in("convenor")
    refused = step(convenor, counted.path, "submit_result", status=422)
    assert "C-13" in refused.text
    assert "不用提交" in refused.text
    assert state(counted) == "counted"


@pytest.mark.clause("C-13", "SZ-25.5")
def test_result_in_shenzhen_is_not_published_before_the_street_office_saw_it(site, moved_clock):
    voting = counted_by(site, moved_clock, "shenzhen-draft-2019")
    convenor = site.logged_in("convenor")
    assert steps_of(convenor.get(voting.path)) & {"submit_result", "publish_result"} == {
        "submit_result"
    }
    convenor.get(voting.path + "posting", status=404)
    refused = step(convenor, voting.path, "publish_result", status=409)
    assert "街道办事处对结果的指导结束后才能公示" in refused.text
    assert "SZ-25.5" in refused.text
    step(convenor, voting.path, "submit_result")
    step(convenor, voting.path, "publish_result", status=409)
    assert state(voting) == "result_review"
    step(site.logged_in("street"), voting.path, "review_result")
    assert told(voting, "street").count("result.submitted") == 1
    voting.post("result_posting")
    step(site.logged_in("convenor"), voting.path, "publish_result")
    assert state(voting) == "published"
