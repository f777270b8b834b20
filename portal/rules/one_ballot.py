"""Units that one ballot covers (一票多房): one owner, one head, areas added (CN-I9, BJ-OQ13)."""

from datetime import datetime

from portal.rules.eligibility import Channel, is_late
from portal.rules.profile import Profile
from portal.rules.vote_events import Facts


def covered_units(facts: Facts, unit: str, channel: Channel, profile: Profile) -> tuple[str, ...]:
    """Return the units for which a ballot of the owners of ``unit`` counts.

    These are the units in scope of the same owner group; online only those that one of the
    owners has verified and bound in time.
    """
    group = facts.owners.get(unit, frozenset())
    return tuple(
        code
        for code in sorted(facts.scope)
        if group and facts.owners.get(code) == group and _takes_part(facts, code, channel, profile)
    )


def joining_units(facts: Facts, instant: datetime, profile: Profile) -> tuple[str, ...]:
    """Return the units that join an earlier ballot of their owners now (BJ-OQ13.3).

    Only while voting is open, else the result could change after it is known.
    """
    if profile.multi_unit.value != "one_ballot_one_head_autojoin" or facts.suspended:
        return ()
    if facts.opens_at is None or facts.closes_at is None:
        return ()
    if not facts.opens_at <= instant < facts.closes_at:
        return ()
    return tuple(
        code
        for code in sorted(facts.scope)
        if code not in facts.casts
        and _takes_part(facts, code, "online", profile)
        and facts.group_casts.get(facts.owners[code])
    )


def _takes_part(facts: Facts, unit: str, channel: Channel, profile: Profile) -> bool:
    owners = facts.owners.get(unit, frozenset())
    if channel != "online":
        return bool(owners)
    return any(
        owner in facts.verified
        and (owner, unit) in facts.bound
        and not is_late(facts, owner, unit, profile)
        for owner in owners
    )
