"""An organisation renews the letter of its agent and ends the old one (SZ-31)."""

import pytest

from tests.functional.acting_world import document_of, fresh_account, grants_of, organisation
from tests.functional.assembly import CLOSES, OPENS, Assembly, at
from tests.functional.test_acting import CODE, COMPANY, reasons
from tests.functional.test_proxy import step
from tests.functional.world import photo

SOON = "2026-06-22T12:00"


def letter(voting, until=""):
    """Bring the papers of the clerk and let the convenor approve them; return the path."""
    form = voting.site.logged_in("clerk").get("/communities/haitang/agent").forms["form"]
    form["organisation"], form["organisation_code"] = COMPANY, CODE
    form["name"], form["id_kind"], form["id_number"] = "李职员", "passport", document_of("clerk")
    form["until"] = until
    for field in form.fields["upload"]:
        field.value = ("paper.jpg", photo())
    path = form.submit("save", status=303).follow().request.path
    step(voting.site.logged_in("convenor"), path, "approve")
    voting.clock.forward(minutes=1)
    return path


@pytest.fixture
def voting(open_site, moved_clock):
    assembly = Assembly(open_site, moved_clock)
    for room in ("301", "302"):
        organisation(assembly, room, COMPANY, CODE)
    fresh_account(assembly, "clerk", "13800000077")
    return assembly


@pytest.mark.clause("SZ-31")
def test_agent_votes_by_the_new_letter_after_the_old_one_was_ended(voting):
    old = letter(voting, until=SOON)
    new = letter(voting, until=CLOSES)
    step(voting.site.logged_in("clerk"), old, "end")
    voting.open()
    voting.clock.forward(minutes=1)
    assert reasons(voting, "clerk") == {"b1/1-301": ("", ""), "b1/1-302": ("", "")}
    assert grants_of(voting, "clerk")
    step(voting.site.logged_in("clerk"), new, "end")
    assert reasons(voting, "clerk")["b1/1-301"] == ("agent_ended", "SZ-31")
    assert not grants_of(voting, "clerk")


@pytest.mark.clause("SZ-31")
def test_letter_without_end_that_was_revoked_leaves_the_time_of_the_one_that_stands(voting):
    letter(voting, until=SOON)
    endless = letter(voting)
    voting.open()
    voting.clock.to(at(OPENS))
    voting.clock.forward(minutes=1)
    step(voting.site.logged_in("clerk"), endless, "end")
    assert reasons(voting, "clerk")["b1/1-301"] == ("", "")
    voting.clock.to(at(SOON))
    assert reasons(voting, "clerk")["b1/1-301"] == ("agent_ended", "SZ-31")
