"""What random procedures do after a count: publish, dispute, doubt, count again and archive."""

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
)

from portal import content
from tests.functional.assembly import meeting_of

# Heads by their owner: who may cast, the rooms in time, and those that were bound too late.
OWNERS = {
    "anna": (("anna",), 8000, 0),
    "bo": (("bo", "chen"), 9000, 0),
    "dora": (("dora",), 15_000, 0),
    "gao": (("gao",), 4000, 3000),
    "eve": (("eve",), 0, 6000),
    "fang": (("fang",), 0, 0),
}
ROOM = {"anna": "101", "bo": "102", "dora": "201", "gao": "501", "eve": "401", "fang": "402"}


class DisputeRules(RuleBasedStateMachine):
    """What people do with a result until it is in the archive."""

    @precondition(lambda self: self.state == "counted")
    @rule()
    def publish(self):
        reviewed = self.meeting.reviews_results()
        assert self.take("submit_result") == reviewed
        assert self.take("review_result") == reviewed
        self.meeting.post("result_posting")
        assert self.take("publish_result")
        self.state = "published"

    @precondition(lambda self: self.state == "published")
    @rule(kind=st.sampled_from(("objection", "complaint")))
    def dispute(self, kind):
        def raise_it(request):
            meeting = meeting_of(request)
            extra = {"subject": "result"} if kind == "objection" else {}
            item = content.create(kind, request, text="x", **extra)
            self.open_disputes.append((kind, content.add(meeting, item, request)))

        self.site.run(raise_it)

    @precondition(lambda self: self.open_disputes)
    @rule()
    def answer(self):
        kind, name = self.open_disputes.pop()
        assert self.take("reject" if kind == "objection" else "answer", self.child(name))

    @precondition(lambda self: self.state in ("counted", "published"))
    @rule(owner=st.sampled_from(sorted(OWNERS)))
    def doubt(self, owner):
        expected = (
            (owner in self.ballots or owner in self.returned())
            and owner not in self.excluded
            and owner not in self.open_cases.values()
        )
        names = []

        def raise_it(request):
            item = content.create("ballot_case", request, unit=f"1栋1单元{ROOM[owner]}", text="x")
            names.append(content.add(meeting_of(request), item, request))

        assert self.act(raise_it) == expected
        if expected:
            self.open_cases[names[-1]] = owner

    @precondition(lambda self: self.open_cases)
    @rule(keep=st.booleans())
    def decide(self, keep):
        name, owner = self.open_cases.popitem()
        assert self.take("keep" if keep else "exclude", self.child(name))
        if not keep:
            self.excluded.add(owner)
            self.waiting = True

    @precondition(lambda self: self.state in ("counted", "published"))
    @rule()
    def recount(self):
        expected = self.waiting and not self.open_cases
        assert self.take("recount") == expected
        if expected:
            self.site.drain()
            self.counted()

    @precondition(lambda self: self.state == "published")
    @rule()
    def archive(self):
        self.clock.forward(days=12)
        self.site.drain()
        held = self.open_disputes or self.open_cases or self.waiting
        if not held:
            self.state = "archived"
