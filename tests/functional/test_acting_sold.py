"""Who sold a unit chooses nobody for its new owners any more (SZ-21.1)."""

import pytest

from tests.functional.acting_world import introduce
from tests.functional.assembly import Assembly, meeting_of, owner_values
from tests.functional.test_acting import propose, reasons
from tests.functional.test_proxy import step
from tests.functional.world import photo


def sell(voting, room, *names):
    """Let the register of titles name other owners of a unit, who bind it."""

    def change(request):
        unit, register = voting.unit(request, room), meeting_of(request).community["owners"]
        unit.write(request.vault, {}, [owner_values(name, len(names)) for name in names])
        for holder in unit.holders:
            key = f"person:{holder.person}"
            register.by_token[key] = (*register.by_token.get(key, ()), unit.code)
        for name in names:
            unit.bind(voting.ids[name], voting.token(request, name))

    voting.site.run(change)
    voting.clock.forward(minutes=1)


@pytest.fixture
def voting(open_site, moved_clock):
    assembly = Assembly(open_site, moved_clock).notice()
    introduce(assembly, "bo", "chen")
    return assembly


@pytest.mark.clause("SZ-21.1", "SZ-13")
def test_former_co_owners_cannot_complete_a_choice_after_they_sold(voting):
    path = propose(voting, "bo", chosen=True).follow().request.path
    sell(voting, "102", "anna", "dora")
    chen = voting.site.logged_in("chen")
    token = chen.get(voting.path).html.find("input", attrs={"name": "csrf_token"})["value"]
    refused = chen.post(path + "agree", {"csrf_token": token}, status=409)
    assert "SZ-21.1" in refused.text
    assert "representative_chosen" not in dict(reasons(voting, "anna").values())


@pytest.mark.clause("SZ-21.1", "SZ-13")
def test_paper_of_former_co_owners_is_not_confirmed_after_they_sold(voting):
    path = propose(voting, "bo", chosen=True, paper=photo()).follow().request.path
    sell(voting, "102", "anna", "dora")
    refused = step(voting.site.logged_in("street"), path, "confirm_paper", status=409)
    assert "SZ-21.1" in refused.text
    assert "representative_chosen" not in dict(reasons(voting, "anna").values())
