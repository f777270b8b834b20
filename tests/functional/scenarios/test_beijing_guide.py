"""The pages of the Beijing guide, one scenario each, named after the page."""

from datetime import timedelta

import pytest

from portal.rules.errors import RuleError
from tests.functional.assembly import CLOSES, MOTIONS, OPENS, Assembly, at, meeting_of
from tests.functional.scenarios.test_shenzhen_articles import marked_clauses
from tests.functional.story_steps import heads_of
from tests.functional.test_extension import step


@pytest.fixture
def assembly(site, moved_clock):
    return Assembly(site, moved_clock, "beijing-2019", MOTIONS[:1])


@pytest.mark.clause("BJ-0.3", "BJ-OQ10", "BJ-OQ6.3")
def test_page_0_and_owner_question_10_result_comes_by_itself_and_is_due_in_one_working_day(
    assembly,
):
    assembly.open()
    assembly.cast("anna", m1=("for",))
    assembly.close()
    # Voting ended on Wednesday 1 July, so the result is due by the end of Thursday.
    assert assembly.look(lambda m: m.result.record["participation"]) == [1, 8000]
    convenor = assembly.site.logged_in("convenor")
    assert "2026年7月2日 24:00" in convenor.get("/cockpit").text
    assembly.clock.to(at("2026-07-03T00:00"))
    convenor = assembly.site.logged_in("convenor")
    assert "BJ-OQ10" in convenor.get("/cockpit?late=1").text
    step(convenor, assembly.path, "publish_result")
    assert assembly.look(lambda m: m.workflow_state) == "published"


@pytest.mark.clause("BJ-0.4", "BJ-G1.2", "BJ-GQ1")
def test_page_0_owners_organise_nothing_and_organisers_cast_nothing(assembly):
    assembly.open()
    anna = assembly.site.logged_in("anna")
    anna.get("/communities/haitang/meetings/add/meeting", status=403)
    anna.get(assembly.path + "extend", status=403)
    assembly.site.logged_in("convenor").get(assembly.path + "vote", status=403)


@pytest.mark.clause("BJ-G7.2", "BJ-G7.3.8")
def test_page_g7_a_window_that_ends_before_it_starts_is_refused_with_what_was_entered(assembly):
    convenor = assembly.site.logged_in("convenor")
    form = convenor.get(assembly.path + "edit").forms["form"]
    form["voting_opens_at"], form["voting_closes_at"] = CLOSES, OPENS
    page = form.submit("save", status=422)
    assert page.forms["form"]["voting_opens_at"].value == CLOSES
    assert "截止时间要晚于开始时间" in page.text


@pytest.mark.clause("BJ-GQ8.2", "BJ-G7.5")
def test_page_gq8_without_the_consent_of_the_street_office_no_vote_ever_runs(assembly):
    assembly.step("submit")
    assembly.clock.to(at(OPENS) + timedelta(days=3))
    assembly.site.drain()
    assert assembly.look(lambda m: m.workflow_state) == "submitted"
    with pytest.raises(RuleError, match=r"refusal\.not_open"):
        assembly.cast("anna", m1=("for",))
    assembly.site.browser().get(assembly.path, status=303)


@pytest.mark.clause("BJ-GQ2")
def test_page_gq2_after_the_consent_nothing_is_edited(assembly):
    assembly.step("submit", "approve")
    convenor = assembly.site.logged_in("convenor")
    convenor.get(assembly.path + "edit", status=403)
    convenor.get(assembly.path + "add/motion", status=403)
    assert "BJ-GQ2" in step(convenor, assembly.path, "amend", "改", status="*").text


@pytest.mark.clause("BJ-GQ4", "BJ-0.2", "BJ-O5.1")
def test_page_gq4_message_of_the_opening_reaches_exactly_the_bound_owners(assembly):
    assembly.open()

    def told(request):
        inbox = request.site.messages.inbox
        return {
            name
            for name, account_id in assembly.ids.items()
            if any("表决开始" in message.subject for message in inbox(account_id))
        }

    assert assembly.site.run(told) == {"anna", "bo", "chen", "dora", "eve", "gao"}


@pytest.mark.clause("BJ-GQ10")
def test_page_gq10_paper_is_not_offered_beside_the_app(assembly):
    form = assembly.site.logged_in("convenor").get(assembly.path + "edit").forms["form"]
    assert [value for value, *_ in form["method"].options] == ["electronic"]

    def paper(request):
        meeting_of(request).method = "electronic_paper"

    assembly.site.run(paper)
    with pytest.raises(RuleError, match=r"refusal\.paper_not_offered"):
        assembly.step("submit")


@pytest.mark.clause("BJ-G8", "EV-7.2.1", "EV-7.2.2", "EV-7.2.3", "BJ-O5.2")
def test_page_g8_ballot_names_every_option_and_the_way_and_progress_tells_no_choice(assembly):
    assembly.open()
    anna = assembly.site.logged_in("anna")
    page = anna.get(assembly.path + "vote")
    radios = page.html.select("input[type=radio]")
    assert [radio["value"] for radio in radios] == ["for", "against", "abstain"]
    for radio in radios:
        label = page.html.find("label", attrs={"for": radio.get("id")}) or radio.find_parent(
            "label"
        )
        assert label.get_text(strip=True)
    assert "只选一项" in page.html.main.get_text()
    assembly.cast("bo", m1=("against",))
    assembly.clock.forward(minutes=1)
    assembly.site.drain()
    page = assembly.site.logged_in("convenor").get(assembly.path)
    facts = page.html.find(id="m-turnout").find_parent("section").get_text()
    assert "1 / 7 人" in facts
    assert "反对" not in facts
    assembly.close()
    result = assembly.site.logged_in("convenor").get(assembly.path + "result")
    assert heads_of(result)[:2] == [("同意", "0"), ("反对", "1")]


# Pages proven elsewhere, with the clause their test is marked by.
ELSEWHERE = (
    *("BJ-O2", "BJ-O3.1", "BJ-O4.1", "BJ-OQ1", "BJ-OQ5", "BJ-OQ6.1", "BJ-OQ7", "BJ-OQ9"),
    *("BJ-OQ11.1", "BJ-OQ12", "BJ-OQ13.2", "BJ-OQ14", "BJ-G2.2", "BJ-G3.1", "BJ-G4.1"),
    *("BJ-G6.3", "BJ-G7.1", "BJ-G9", "BJ-GQ3", "BJ-GQ5", "BJ-GQ7", "BJ-GQ11"),
)


@pytest.mark.parametrize("page", ELSEWHERE)
def test_page_that_has_no_scenario_here_is_proven_by_a_test_of_its_clause(page):
    assert page in marked_clauses()
