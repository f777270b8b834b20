"""A small community in the middle of a meeting, for tests of vote, count and result."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from content_types.announcement import links_notices
from content_types.community import Confirmation
from content_types.community.confirming import present_totals
from content_types.meeting.evidence import handover
from content_types.meeting.linking import Agreement
from content_types.meeting.second_reading import read
from content_types.posting import Posting
from portal import accounts, clock, content, files, workflow
from portal.security import Role
from tests.functional.world import PASSWORD, build_city, known_password, photo

__all__ = ["PASSWORD", "Assembly", "at", "meeting_of", "owner_values", "take"]
# Unit → owners, area in 0.01 m², unsold.  Heads: anna, bo+chen, dora (two units), developer,
# eve, fang, and gao with a second unit that he binds too late.
UNITS = {
    "101": (("anna",), 8000, False),
    "102": (("bo", "chen"), 9000, False),
    "201": (("dora",), 10_000, False),
    "202": (("dora",), 5000, False),
    "301": (("developer",), 7000, True),
    "302": (("developer",), 7000, True),
    "401": (("eve",), 6000, False),
    "402": (("fang",), 11_000, False),
    "501": (("gao",), 4000, False),
    "502": (("gao",), 3000, False),
}
HEADS, AREA = 7, sum(area for _, area, _ in UNITS.values())
# Who binds before the notice.  eve binds during the notice, fang is verified but never binds.
BINDS = {
    "anna": ("101",),
    "bo": ("102",),
    "chen": ("102",),
    "dora": ("201", "202"),
    "gao": ("501",),
}
LATE = {"eve": ("401",), "gao": ("502",)}
MOTIONS = (
    {"title": "续聘物业服务企业", "matter": "service_company"},
    {"title": "筹集维修资金", "matter": "maintenance_fund_raise"},
    {
        "title": "选举业主委员会",
        "matter": "committee_election",
        "mode": "competitive",
        "options": ("张三", "李四", "王五"),
        "max_marks": 2,
        "seats": 2,
    },
)
OPENS, CLOSES = "2026-06-20T09:00", "2026-07-01T18:00"


def at(text: str) -> datetime:
    """Return an instant given as Shanghai wall time."""
    return datetime.fromisoformat(text).replace(tzinfo=clock.SITE_ZONE).astimezone(UTC)


def meeting_of(request: Any) -> Any:
    """Return the meeting."""
    return request.site["communities"]["haitang"]["meetings"]["2026-001"]


def take(request: Any, name: str) -> None:
    """Take a step of the meeting; who submits has read every setting once more."""
    if name == "submit":
        read(meeting_of(request), request)
    workflow.transition(meeting_of(request), name, request, "ok", system=True)


class Assembly:
    """The site with a meeting; ``path`` is the meeting's address."""

    path = "/communities/haitang/meetings/2026-001/"

    def __init__(
        self,
        site: Any,
        moved_clock: Any,
        profile: str = "shenzhen-draft-2019",
        motions: tuple[dict[str, Any], ...] = MOTIONS,
        more_units: dict[str, Any] | None = None,
    ) -> None:
        self.site, self.clock, self.motions = site, moved_clock, motions
        self.units = UNITS | (more_units or {})
        self.paths = build_city(site, register="")
        self.ids: dict[str, str] = {}
        site.run(lambda request: self._register(request, profile))
        site.run(self._accounts)
        moved_clock.forward(minutes=1)
        site.run(self._meeting)

    def _community(self, request: Any) -> Any:
        return request.site["communities"]["haitang"]

    def _register(self, request: Any, profile: str) -> None:
        community = self._community(request)
        community.profile_id = profile
        building = content.create("building", request, title="1栋")
        content.add(community["buildings"], building, request, name="b1")
        register = community["owners"]
        for room, (owners, area, unsold) in self.units.items():
            unit = building.add_unit("1单元", room, request)
            unit.write(
                request.vault,
                {"entrance": "1单元", "room": room, "use": "dwelling", "exclusive_area": area}
                | {"unsold": unsold},
                [owner_values(name, len(owners)) for name in owners],
            )
            for holder in unit.holders:
                key = f"person:{holder.person}"
                register.by_token[key] = (*register.by_token.get(key, ()), unit.code)

    def _accounts(self, request: Any) -> None:
        community = self._community(request)
        for name in ("anna", "bo", "chen", "dora", "eve", "fang", "gao"):
            account = request.site.accounts.create(request.vault, login=name, kind="owner")
            account.password = known_password()
            account.subject_token = self.token(request, name)
            account.verified_at = clock.now()
            accounts.grant(account, Role.OWNER, community.scope_id)
            self.ids[name] = account.id
        for name, rooms in BINDS.items():
            self.bind(request, name, rooms)

    def bind(self, request: Any, name: str, rooms: tuple[str, ...]) -> None:
        """Bind rooms to an account now."""
        for room in rooms:
            self.unit(request, room).bind(self.ids[name], self.token(request, name))

    def unit(self, request: Any, room: str) -> Any:
        """Return a unit by its room."""
        return self._community(request)["buildings"]["b1"].find("1单元", room)

    @staticmethod
    def token(request: Any, name: str) -> str:
        """Return the token of a person."""
        return request.vault.token(f"id-{name}", "person")

    def _meeting(self, request: Any) -> None:
        community = self._community(request)
        uses = request.registry.profiles[community.profile_id].voting_uses.value
        units, measure = present_totals(community, uses)
        community.confirmation = Confirmation(
            units, measure.heads, measure.area, "system", clock.now()
        )
        meeting = content.create(
            "meeting",
            request,
            title="2026年业主大会会议",
            place="会所",
            voting_opens_at=at(OPENS),
            voting_closes_at=at(CLOSES),
        )
        content.add(community["meetings"], meeting, request, name="2026-001")
        for values in self.motions:
            content.add(meeting, content.create("motion", request, **values), request)
        if links_notices(meeting.rules(request.registry)):
            self.link(request)

    @staticmethod
    def link(request: Any) -> None:
        """Publish the notices of the vote and link them, as Beijing wants it before a launch."""
        meeting = meeting_of(request)
        place, numbers = meeting.community["announcements"], []
        for kind in ("voting_notice", "voting_announcement"):
            notice = content.create("announcement", request, title=kind, kind=kind, body="正文")
            content.add(place, notice, request)
            for step in ("submit", "approve", "publish"):
                workflow.transition(notice, step, request, system=True)
            numbers.append(content.oid(notice))
        meeting.linked_oids = tuple(numbers)
        meeting.agreement = Agreement("convenor", clock.now())
        read(meeting, request)

    def step(self, *names: str) -> None:
        """Take steps of the meeting as the clock would."""
        for name in names:
            self.site.run(lambda request, n=name: take(request, n))

    def notice(self) -> Assembly:
        """Submit, approve and publish the notice on the day it is entered."""
        self.step("submit", "approve")
        self.post("posting")
        self.step("publish_notice")
        self.clock.forward(days=1)
        self.site.run(
            lambda request: [self.bind(request, name, rooms) for name, rooms in LATE.items()]
        )
        return self

    def post(self, which: str) -> None:
        """Post the notice (``posting``) or the result (``result_posting``) and keep the photo."""
        self.site.run(lambda request: setattr(meeting_of(request), which, self.posted(request)))

    @staticmethod
    def posted(request: Any) -> Posting:
        """Attach a photo of a posting and return the evidence."""
        now = clock.now()
        stored = files.keep(photo(), "posted.jpg", "image/jpeg", request)
        meeting_of(request).attach(stored)
        return Posting("南门", now, stored.id, "convenor", now)

    def give_roster(self) -> None:
        """Give the roster to the notary where the rules ask for it."""

        def give(request: Any) -> None:
            meeting, now = meeting_of(request), clock.now()
            if meeting.rules(request.registry).roster_to_notary.value:
                handover.prepare(meeting, request)
                handover.note_receipt(meeting, request, notary="x", receipt="1", received_at=now)

        self.site.run(give)

    def until(self, text: str) -> Assembly:
        """Let the time pass and the clock do its work."""
        self.clock.to(at(text))
        self.site.drain()
        return self

    def open(self) -> Assembly:
        """Let the clock open the vote."""
        return self.notice().until(OPENS)

    def cast(self, name: str, **choices: Any) -> Any:
        """Cast a ballot below the pages; choices are given as m1, m2, m3."""
        from content_types.meeting import casting, eligibility

        marks = {f"2026-00{key[1]}": tuple(value) for key, value in choices.items()}

        def act(request: Any) -> Any:
            meeting = meeting_of(request)
            account = request.site.accounts[self.ids[name]]
            found = eligibility.claims(meeting, request, account)
            allowed = [one for one in found if one.allowed] or found
            key = allowed[0].right.key
            casting.cast(meeting, key, marks, request, account_id=account.id)
            return key

        return self.site.run(act)

    def cast_four(self) -> Assembly:
        """Cast the ballots of all who bound in time; dora's leaves two motions blank."""
        self.cast("anna", m1=("for",), m2=("for",), m3=("o1", "o2"))
        self.cast("bo", m1=("for",), m2=("against",), m3=("o1", "o3"))
        self.cast("dora", m1=("for",))
        self.cast("gao", m1=("against",), m2=("for",), m3=("o2",))
        return self

    def close(self) -> Assembly:
        """Let the clock close the vote and the count run."""
        return self.until(CLOSES)

    def publish(self) -> Assembly:
        """Take the counted meeting to its published result, by the street office where it looks."""
        if self.reviews_results():
            self.step("submit_result", "review_result")
        self.post("result_posting")
        self.step("publish_result")
        self.site.drain()
        return self

    def reviews_results(self) -> bool:
        """Say whether the law of the place has the street office look at results."""

        def mode(request: Any) -> str:
            return str(meeting_of(request).rules(request.registry).result_review.value.mode)

        return self.site.run(mode) != "none"

    def look(self, function: Any) -> Any:
        """Return ``function(meeting)``."""
        return self.site.run(lambda request: function(meeting_of(request)))


def owner_values(name: str, owners: int) -> dict[str, Any]:
    """Return the register's values of an owner."""
    return {
        "name": f"业主{name}",
        "id_kind": "passport",
        "id_number": f"id-{name}",
        "share": Fraction(1, owners),
        "phone": "13800000000",
        "registered_on": None,
    }
