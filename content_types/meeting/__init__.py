"""Meeting (业主大会会议): entry, review, notice, vote, count and result of one assembly meeting."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from content_types.meeting.schema import MeetingSchema
from content_types.posting import Posting
from portal import clock, law
from portal.content import ContentFolder, content_type
from portal.files import FileHolder
from portal.rules.days import end_of_day, local_date
from portal.rules.deadlines import closing_at, objections_end, publication_start
from portal.rules.pinned import Pinned, pin
from portal.rules.profile import Profile
from portal.security import Permission, Role, lineage

# Who sees a meeting that owners do not see yet.
PREPARING = (
    *(Role.CONVENOR, Role.STREET_OFFICER, Role.RESIDENTS_COMMITTEE, Role.SCRUTINEER),
    *(Role.TELLER, Role.VOTE_CALLER, "addressee"),
)


@content_type(
    "meeting",
    schema=MeetingSchema,
    workflow="meeting",
    addable_to=("meetings",),
    add_permission=Permission.MEETING_ADD,
)
class Meeting(FileHolder, ContentFolder):
    """Keeps the profile it was launched with for life (SZ-35); motions are its children."""

    title = ""
    convenor_kind = "committee"
    method = "electronic"
    ballot_mode = "recorded"
    # The convenor's choice, where the place leaves it to him.
    interim_figures = False
    place = ""
    voting_opens_at: datetime | None = None
    voting_closes_at: datetime | None = None
    # Which units vote; without any line all of them do.
    scope: tuple[str, ...] = ()
    # The first assembly of the community, and when the preparatory group first met (SZ-N7).
    inaugural = False
    preparatory_meeting_on: date | None = None
    description = ""
    # What is published with the notice of a first assembly: name of the document, file id.
    inaugural_files: tuple[tuple[str, str], ...] = ()

    # Frozen at submission: the whole profile with its digest (SZ-35), confirmed totals (SZ-7.2).
    pinned: Pinned | None = None
    confirmation: Any = None
    # The settings as the convenor read them once more before submission.
    reading: Any = None
    submitted_at: datetime | None = None
    approved_at: datetime | None = None
    # Every submitted version, for the reviewer's comparison (EV-6.8).
    versions: tuple[dict[str, Any], ...] = ()
    # The settings after each change while it was a draft, by number.
    saved: Any = None
    # The public notice: posted in the area and on the platform; the later one starts it (SZ-29).
    posting: Posting | None = None
    noticed_at: datetime | None = None
    notice_oid = 0
    # Notices that were reviewed and published before the launch, and who agreed to it (BJ-G7).
    linked_oids: tuple[int, ...] = ()
    agreement: Any = None
    binding_list: Any = None
    invited_at: datetime | None = None
    invitation: Any = None
    # Who appointed whom as proxy; made with the first appointment.
    proxies: Any = None
    # Assisted terminals by id; made with the first one.
    terminals: Any = None
    # Who shares the keys of the ballots, a seat each; none means the server's own key.
    trustees: tuple[Any, ...] = ()
    # The vote: roll, ballots and log; set when the clock opens it.
    ballot_box: Any = None
    # When the convenor reminded those who had not voted, and how many accounts it reached.
    reminders: tuple[tuple[datetime, int], ...] = ()
    # The count: every result version, the newest last; nothing is overwritten.
    results: tuple[Any, ...] = ()
    count_failure: Any = None
    result_submitted_at: datetime | None = None
    resolved_by_review_at: datetime | None = None
    resolved_at: datetime | None = None
    result_posting: Posting | None = None
    result_published_at: datetime | None = None
    # How many result versions were public when a correction began; they stay readable for all.
    published_versions = 0
    # What was found wrong after a count and decided; a result knows how many it has heeded.
    corrections: tuple[Any, ...] = ()
    # Scans of the signed and sealed result as handed to the street office (SZ-25.4).
    signed_sheets: tuple[Any, ...] = ()
    # What the street office advised, in time or late (SZ-12.2, SZ-25.5).
    guidance: tuple[Any, ...] = ()
    # Guide and poster with the code of the meeting, posted in the area (SZ-8).
    guide_posting: Posting | None = None
    # A suspended vote and the one that was launched in its place (BJ-GQ2).
    suspended_at: datetime | None = None
    predecessor_oid = 0
    successor_oid = 0
    record_oid = 0
    # Outside time stamps on heads of the log, and the day of the last daily one.
    time_stamps: tuple[Any, ...] = ()
    stamped_on: date | None = None
    # What was published beside each result version.
    tables: tuple[Any, ...] = ()
    # The roster as the notary was given it (EV-4.1.6).
    handover: Any = None

    @property
    def is_secret(self) -> bool:
        """Whether nobody learns who voted how, neither now nor later."""
        return self.ballot_mode == "secret"

    @property
    def convened_at(self) -> datetime | None:
        """When the assembly met: the opening of its vote, or None before it."""
        return None if self.ballot_box is None else self.voting_opens_at

    @property
    def is_held_back(self) -> bool:
        """Whether owners see the notices of the vote already, but the vote only at its start."""
        rules = self.profile if self.workflow_state == "noticed" else None
        return rules is not None and rules.shown_to_owners.value == "opening"

    @property
    def addressee(self) -> tuple[str, ...]:
        """Who keeps a key of the ballots, and has to do with the meeting before it opens."""
        return tuple(seat.account_id for seat in self.trustees)

    def access_rules(self) -> dict[str, tuple[str, ...]]:
        """Leave a meeting that is held back to those who prepare it (BJ-G7.5)."""
        rules = super().access_rules()
        return rules | {Permission.VIEW: PREPARING} if self.is_held_back else rules

    def motions(self) -> list[Any]:
        """Return the motions in their order on the agenda."""
        found = [item for item in self.values() if item.content_type_name == "motion"]
        return sorted(found, key=lambda motion: motion.__name__)

    def children_of(self, *types: str) -> list[Any]:
        """Return the objects of some types that lie in the meeting, oldest first."""
        found = [item for item in self.values() if item.content_type_name in types]
        return sorted(found, key=lambda item: (item.created_at, item.__name__))

    def objections(self) -> list[Any]:
        """Return the objections against the notice or the result, oldest first."""
        return self.children_of("objection")

    def objections_due_at(self, request: Any) -> datetime:
        """Return by when an objection raised now must be decided (SZ-15.2).

        Before the vote that is the end of the notice, or its opening where that comes first or
        the notice is over; after it, the end of the days of the result.
        """
        profile = self.rules(request.registry)
        if self.workflow_state == "published" and self.result_published_at is not None:
            # Not posted yet, its days begin today at the earliest.
            start = self.result_day(request.registry) or local_date(clock.now())
            return closing_at(profile, start)
        rule = profile.lead_times.notice_days
        if rule is None or self.noticed_at is None:
            return self.voting_opens_at
        ends = end_of_day(objections_end(rule, local_date(self.noticed_at)))
        return min(ends, self.voting_opens_at) if clock.now() < ends else self.voting_opens_at

    def result_day(self, registry: Any) -> date | None:
        """Return the day the days of a published result count from: the later of both (SZ-29).

        None before it is published, and while a posting in the area that the rules ask for is
        missing.
        """
        platform, posting = self.result_published_at, self.result_posting
        return publication_start(
            self.rules(registry),
            local_date(platform) if platform else None,
            local_date(posting.posted_at) if posting else None,
        )

    @property
    def community(self) -> Any:
        """The community whose owners meet."""
        return next(place for place in lineage(self) if place.content_type_name == "community")

    @property
    def result(self) -> Any:
        """The newest result version, or None before the count."""
        return self.results[-1] if self.results else None

    def open_rights(self, request: Any) -> list[Any]:
        """Return the voting rights the asking account can cast now."""
        from content_types.meeting import eligibility

        return eligibility.open_rights(self, request)

    @property
    def profile(self) -> Profile | None:
        """The frozen jurisdiction profile, or None while drafting.

        The meeting keeps the whole profile, not its name, so no later file changes it (SZ-35).
        """
        return None if self.pinned is None else law.frozen(self.pinned)

    @profile.setter
    def profile(self, profile: Profile | None) -> None:
        self.pinned = None if profile is None else pin(profile)

    def rules(self, registry: Any) -> Profile:
        """Return the jurisdiction profile: the frozen one, or the community's while drafting."""
        if self.profile is None:
            return self.community.rules(registry)
        return self.profile
