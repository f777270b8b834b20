"""Who may do what in which state: every role, permission and workflow state against the table.

The table is tests/data/access_matrix.csv. A change of a rule shows up as a changed line there;
write it anew with  python -m tests.functional.test_access_matrix  and read the difference.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import workflows
from portal import security, workflow
from portal.security import SITE_RULES, Role, permits

TABLE = Path(__file__).parent.parent / "data" / "access_matrix.csv"


class Place:
    """A stand-in for a placed object: only what the rules look at."""

    def __init__(self, workflow_name, state, community, creator=""):
        self.workflow_name, self.workflow_state = workflow_name, state
        self.__parent__, self.creator = community, creator
        self.addressee = f"addressee of {creator}" if creator else ""

    def access_rules(self):
        return workflow.state_rules(self.workflow_name, self.workflow_state)


class Community:
    scope_id = "community-1"

    def __init__(self):
        self.__parent__ = Root()


class Root:
    def access_rules(self):
        return SITE_RULES


def principals(role):
    return {"everyone", "authenticated", f"{role}@community-1"}


def own_workflows():
    """Return the workflows of the portal itself; a plugin holds its own against its own table."""
    own = {path.name for path in Path(workflows.__file__).parent.glob("*.yaml")}
    found = workflow.definitions().items()
    return {name: definition for name, definition in found if definition.source in own}


def matrix():
    """Return lines (workflow, state, permission, who may) for everything a state names."""
    lines = []
    community = Community()
    for name, definition in sorted(own_workflows().items()):
        used = {step.permission for step in definition.transitions.values()} - {"system"}
        for state, allow in definition.states.items():
            place = Place(name, state, community, creator="author")
            for permission in sorted({*allow, *used, "content:view", "content:edit"}):
                who = [role for role in Role if permits(place, permission, principals(role))]
                if permits(place, permission, {"everyone"}):
                    who = ["everyone"]
                elif permits(place, permission, {"everyone", "authenticated"}):
                    who = ["authenticated"]
                if permits(place, permission, {"account:author"}):
                    who.append("creator")
                if permits(place, permission, {"account:addressee of author"}):
                    who.append("addressee")
                lines.append((name, state, str(permission), " ".join(map(str, who)) or "nobody"))
    return lines


@pytest.mark.clause("EV-11.1.3", "EV-5.4.2")
def test_every_role_has_exactly_the_rights_of_the_table_in_every_state(site):
    with TABLE.open(encoding="utf-8", newline="") as file:
        expected = [tuple(row) for row in csv.reader(file)]
    assert matrix() == expected


def test_right_held_in_one_community_opens_nothing_in_another(site):
    for name, definition in own_workflows().items():
        for state in definition.states:
            place = Place(name, state, Community())
            for permission in definition.states[state]:
                if not permits(place, permission, {"everyone", "authenticated"}):
                    other = {f"{role}@community-2" for role in Role}
                    assert not permits(place, permission, other), (name, state, permission)


def test_what_no_rule_names_is_denied_to_every_role(site):
    place = Place("publication", "published", Community())
    everybody = {f"{role}@site" for role in Role} | {"everyone", "authenticated"}
    assert not permits(place, "no:such_permission", everybody)
    assert security.rule_for(place, "no:such_permission")[1] == ()


if __name__ == "__main__":
    import tempfile

    from tests.functional.conftest import SiteUnderTest

    under_test = SiteUnderTest(Path(tempfile.mkdtemp()))
    with TABLE.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(matrix())
    under_test.close()
