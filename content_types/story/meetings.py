"""The meetings of the story, each in another state of its life."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from content_types.meeting.casting import cast
from content_types.meeting.evidence import handover
from content_types.meeting.publishing import awaits_guidance
from content_types.meeting.second_reading import read
from content_types.record_file import decide
from content_types.story import neighbours, trustees
from content_types.story.acting import Stage, posting
from content_types.story.places import Place
from content_types.story.plans import Plan, plans
from content_types.story.town import community
from portal import clock, content, workflow

BATCH = 50


def hours_of(plan: Plan) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return day and hour at which the vote of a plan opens and at which it ends."""
    return (plan.opens, 9), (plan.closes, 18)


class Director:
    """Plays the plans in the order of their days."""

    def __init__(self, stage: Stage, today: datetime) -> None:
        self.stage, self.today = stage, today
        self.names: dict[str, str] = {}

    def day(self, number: int, hour: int = 10) -> datetime:
        """Return an instant of the story: so many days from now, at an hour in Shanghai."""
        local = clock.local(self.today).replace(hour=hour, minute=0, second=0, microsecond=0)
        return local + timedelta(days=number)

    def acts(self) -> list[tuple[datetime, Any]]:
        """Return every act of every meeting with its instant, in order."""
        found: list[tuple[datetime, Any]] = []
        for plan in plans():
            found += self._acts_of(plan)
            # The clock opens and ends the vote, at the very hour.
            found += [(self.utc(day, hour), self.stage.settle) for day, hour in hours_of(plan)]
        now = [(when, act) for when, act in found if when <= self.today]
        return sorted(now, key=lambda pair: pair[0])

    def _acts_of(self, plan: Plan) -> list[tuple[datetime, Any]]:
        acts: list[tuple[datetime, Any]] = [(self.day(plan.entered), lambda: self.enter(plan))]
        if plan.approved is not None:
            acts.append(
                (self.day(plan.approved), lambda: self.step(plan, "approve", plan.place.street))
            )
        if plan.noticed is not None:
            acts.append((self.day(plan.noticed), lambda: self.notice(plan)))
        if plan.turnout:
            last = min(plan.closes, 0)
            days = max(1, last - plan.opens)
            for number in range(days):
                share = plan.turnout * (number + 1) / days
                when = self.day(plan.opens + number, 20)
                acts.append((when, lambda share=share: self.votes(plan, share)))
        if plan.proxies is not None:
            acts.append((self.day(plan.proxies, 11), lambda: self.appoint_proxy(plan)))
        if plan.closes < 0:
            acts.append((self.day(plan.closes, 19), lambda: self.submit_result(plan)))
        if plan.published is not None:
            acts.append((self.day(plan.published), lambda: self.publish_result(plan)))
        if plan.filed is not None:
            acts.append((self.day(plan.filed), lambda: self.file(plan)))
        return acts

    def meeting(self, plan: Plan, request: Any) -> Any:
        """Return the meeting of a plan."""
        return community(request, plan.place)["meetings"][self.names[plan.title]]

    def step(self, plan: Plan, name: str, login: str, comment: str = "") -> None:
        """Let somebody take a step."""
        self.stage.say(f"  {plan.title}：{name}")
        self.stage.run(
            lambda request: workflow.transition(
                self.meeting(plan, request), name, request, comment
            ),
            login,
        )
        self.stage.settle()

    def enter(self, plan: Plan) -> None:
        """Enter the meeting with its motions and submit it, perhaps twice."""
        self.stage.say(f"  {plan.title}")

        def act(request: Any) -> str:
            year, (opening, closing) = clock.local(self.today).year, hours_of(plan)
            meeting = content.create(
                "meeting",
                request,
                title=f"{plan.place.title} {year} 年{plan.title}",
                convenor_kind="committee",
                method=plan.method,
                ballot_mode="secret" if plan.secret else "recorded",
                place="小区会所一楼大厅",
                voting_opens_at=self.utc(*opening),
                voting_closes_at=self.utc(*closing),
                description="请业主按时参加投票，投票后可下载凭证。",
            )
            name = content.add(community(request, plan.place)["meetings"], meeting, request)
            for motion in plan.motions:
                values = motion | {"options": tuple(motion.get("options", ()))}
                building = values.pop("building", "")
                if building:
                    values["scope_units"] = scope(request, plan.place, building)
                item = content.create("motion", request, **values)
                content.add(meeting, item, request, name=f"m{len(meeting.motions()) + 1}")
            self.submit(meeting, request)
            return name

        self.names[plan.title] = self.stage.run(act, plan.place.convenor)
        self.stage.settle()
        if plan.returned:
            self.step(plan, "return", plan.place.street, plan.returned)
            self.stage.run(lambda request: self.correct(plan, request), plan.place.convenor)
            self.stage.run(
                lambda request: self.submit(self.meeting(plan, request), request),
                plan.place.convenor,
            )
            self.stage.settle()

    @staticmethod
    def submit(meeting: Any, request: Any) -> None:
        """Read every setting once more, then submit."""
        read(meeting, request)
        workflow.transition(meeting, "submit", request)

    def correct(self, plan: Plan, request: Any) -> None:
        """Change what the street office asked for."""
        content.edit(self.meeting(plan, request), request, {"place": "小区会所二楼会议室"})

    def utc(self, number: int, hour: int) -> datetime:
        """Return a day of the story as a UTC instant."""
        return clock.datetime_from_milliseconds(int(self.day(number, hour).timestamp() * 1000))

    def notice(self, plan: Plan) -> None:
        """Post and publish the notice."""

        def act(request: Any) -> None:
            meeting = self.meeting(plan, request)
            meeting.posting = posting(meeting, "小区南门和各楼栋大堂公告栏", request)

        self.stage.run(act, plan.place.convenor)
        self.step(plan, "publish_notice", plan.place.convenor)
        self.stage.run(lambda request: self.hand_over(plan, request), plan.place.convenor)
        if plan.trustees:
            trustees.appoint(self.stage, lambda request: self.meeting(plan, request))

    def hand_over(self, plan: Plan, request: Any) -> None:
        """Give the roster to the notary where the rules of the place ask for it."""
        meeting = self.meeting(plan, request)
        if meeting.rules(request.registry).roster_to_notary.value:
            handover.prepare(meeting, request)
            handover.note_receipt(
                meeting,
                request,
                notary="鹭岛公证处",
                receipt=f"({clock.local(self.today).year}) 证字 {len(self.names)} 号",
                received_at=clock.now(),
            )

    def appoint_proxy(self, plan: Plan) -> None:
        """Let two neighbours ask a third owner to vote for them."""
        self.stage.say(f"  {plan.title}：委托投票")
        neighbours.appoint(self.stage, plan.place, lambda request: self.meeting(plan, request))

    def votes(self, plan: Plan, share: float) -> None:
        """Let owners vote until a share of the rights has been used."""

        def waiting(request: Any) -> list[tuple[str, str]]:
            meeting = self.meeting(plan, request)
            spared = plan.place.spared if plan.closes > 0 else ()
            return voters(meeting, request, share, spared)

        pairs = self.stage.run(waiting)
        for start in range(0, len(pairs), BATCH):
            part = pairs[start : start + BATCH]
            self.stage.run(lambda request, part=part: self.cast(plan, part, request))
        self.stage.settle()
        self.stage.say(f"  {plan.title}：{len(pairs)} 票")

    def cast(self, plan: Plan, pairs: list[tuple[str, str]], request: Any) -> None:
        """Cast ballots: mostly in favour, as the motions of the story deserve."""
        meeting = self.meeting(plan, request)
        for key, account_id in pairs:
            chance = random.Random(f"{plan.title}{key}")  # noqa: S311 - the same every time.
            choices = {motion.__name__: _marks(motion, chance) for motion in meeting.motions()}
            cast(meeting, key, choices, request, account_id=account_id)

    def submit_result(self, plan: Plan) -> None:
        """Submit the result to the street office where it looks at results."""
        if plan.trustees:
            trustees.release(self.stage, lambda request: self.meeting(plan, request))
        if self.stage.run(lambda r: awaits_guidance(self.meeting(plan, r), r.registry)):
            self.step(plan, "submit_result", plan.place.convenor)

    def publish_result(self, plan: Plan) -> None:
        """Post and publish the result."""

        def act(request: Any) -> None:
            meeting = self.meeting(plan, request)
            meeting.result_posting = posting(meeting, "小区南门和各楼栋大堂公告栏", request)

        self.stage.run(act, plan.place.convenor)
        self.step(plan, "publish_result", plan.place.convenor)

    def file(self, plan: Plan) -> None:
        """Let the records officer class and number the file."""

        def act(request: Any) -> None:
            record = content.by_oid(request.site, self.meeting(plan, request).record_oid)
            decide(record, "YDH.HY", 0, request)
            workflow.transition(record, "file", request)

        self.stage.run(act, "records")
        self.stage.settle()


def scope(request: Any, place: Place, building: str) -> tuple[str, ...]:
    """Return the codes of the units of a building."""
    units = community(request, place)["buildings"][building].units()
    return tuple(unit.code for unit in units)


def voters(
    meeting: Any, request: Any, share: float, spared: Sequence[str]
) -> list[tuple[str, str]]:
    """Return rights still unused, with an account that may cast each, up to a share of all.

    The rights of the ``spared`` units are left to whoever tries the demo.
    """
    box = meeting.ballot_box
    accounts: dict[str, str] = {}
    for unit in meeting.community["owners"].units():
        right = box.roll.right_of(unit.code)
        if right is not None and unit.bindings and right.key not in accounts:
            accounts[right.key] = unit.bindings[0].account_id
    for code in spared:
        accounts.pop(box.roll.right_of(code).key, None)
    used = sum(1 for slot in box.slots.values() if slot.is_cast)
    free = [key for key in accounts if not box.slots[key].is_cast]
    random.Random(meeting.__name__).shuffle(free)  # noqa: S311 - the same every time.
    wanted = max(0, int(len(box.slots) * share) - used)
    return [(key, accounts[key]) for key in free[:wanted]]


def _marks(motion: Any, chance: random.Random) -> list[str]:
    keys = list(motion.option_keys())
    if motion.is_election:
        weights = [len(keys) + 2 - number for number in range(len(keys))]
        order = sorted(keys, key=lambda key: -chance.random() * weights[keys.index(key)])
        return order[: chance.randint(max(2, (motion.max_marks + 1) // 2), motion.max_marks)]
    roll = chance.random()
    return ["for" if roll < 0.83 else "against" if roll < 0.95 else "abstain"]
