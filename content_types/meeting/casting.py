"""Casting a ballot (投票): checked, sealed and laid into its slot in one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from content_types.meeting import eligibility, promises
from content_types.meeting.ballot_box import BallotBox
from content_types.meeting.roll import Right
from content_types.meeting.slots import ELECTRONIC, Slot, caster_token, nonce_digest
from portal import clock
from portal.evidence import voucher
from portal.evidence.canonical import Record
from portal.evidence.promise import promise
from portal.rules.eligibility import Channel
from portal.rules.tally import fault

Choices = Mapping[str, Sequence[str]]
# The channel as the law's engine calls it, by the channel as the ballot says it.
WAYS: Mapping[str, Channel] = {ELECTRONIC: "online", "terminal": "terminal"}


def cast(
    meeting: Any,
    right_key: str,
    choices: Choices,
    request: Any,
    *,
    channel: str = ELECTRONIC,
    account_id: str = "",
    voter: Any = None,
    nonce: str = "",
) -> Slot:
    """Cast the ballot of a right for an account and return its slot.

    ``choices`` maps the name of a motion to the marked options; an unanswered motion counts as
    an abstention (SZ-23). ``account_id`` is the asking account when it is empty; ``voter``
    stands for an account where a helper saw the document of somebody. The same ``nonce`` again
    returns the same slot. Raises RuleError with the clause of the refusal.
    """
    account_id = voter.id if voter is not None else account_id or request.account_id
    profile = meeting.rules(request.registry)
    box: BallotBox | None = meeting.ballot_box
    if box is None:
        raise profile.refuse("not_open")
    nonce = nonce or secrets.token_hex(16)
    digest = nonce_digest(nonce, account_id)
    slot = box.slots.get(right_key)
    if slot is not None and slot.is_cast and slot.nonce == digest:
        promises.note_again(request, box, slot)
        return slot
    _stay_open(box)
    if not box.gate.is_open:
        raise profile.refuse("suspended" if meeting.suspended_at else "closed")
    account = voter if voter is not None else request.site.accounts[account_id]
    claim = eligibility.claim(meeting, request, account, right_key, channel=WAYS[channel])
    if not claim.allowed:
        raise eligibility.refusal(profile, claim.answer)
    marks = checked(meeting, choices, profile)
    eligibility.hold(meeting, claim, marks, profile)
    right = claim.right
    specs = [motion.spec() for motion in meeting.motions()]
    units = list(claim.covered)
    now = clock.now()
    envelope = box.seal(right, units, marks, specs, channel=channel, nonce=digest.hex())
    slot.put(
        envelope,
        at=now,
        channel=channel,
        caster=caster_token(request, box.meeting_id, account_id),
        nonce=digest,
        cover=request.registry.cover(box.meeting_id) if box.is_secret else None,
        right=right.key,
    )
    if claim.authority is not None:
        slot.authority = claim.authority.__name__
    left_out = tuple(unit for unit in right.units if unit not in claim.covered)
    if left_out:
        slot.left_out = left_out
    promises.note(request, box, envelope, now)
    return slot


def submit(
    meeting: Any,
    right_key: str,
    choices: Choices,
    request: Any,
    *,
    nonce: str = "",
    told: Callable[[Any, Any], Any] | None = None,
) -> Any:
    """Cast for the asking account, committed together with other ballots; see `cast`.

    Returns when the ballot is on the disk; what this request has read before is older than that.
    The value is that of ``told(meeting, request)`` in the same commit, see `in_group`.
    """
    account_id = request.account_id

    def act(there: Any, own: Any) -> Any:
        cast(there, right_key, choices, own, account_id=account_id, nonce=nonce)
        return None if told is None else told(there, own)

    return in_group(meeting, request, act)


def in_group(meeting: Any, request: Any, act: Callable[[Any, Any], Any]) -> Any:
    """Return the value of ``act(meeting, request)`` after the commit of the writer.

    It runs in another thread, perhaps more than once: no object of the database may go in or out.
    """
    oid = meeting._p_oid  # noqa: SLF001 - the database's name.
    return request.registry.group_commit.do(
        lambda own: act(own.site._p_jar.get(oid), own),  # noqa: SLF001 - the same object there.
        request.account_id,
    )


def checked(meeting: Any, choices: Choices, profile: Any) -> dict[str, list[str]]:
    """Return the marks in the order of the options; RuleError names the motion at fault.

    A ballot without any mark is refused (EV-8.1.2), a motion without marks is left out.
    """
    specs = {spec.key: spec for spec in (motion.spec() for motion in meeting.motions())}
    for key in choices:
        if key not in specs:
            raise profile.refuse("unknown_option", field=key)
    found = {}
    for key, spec in specs.items():
        marks = tuple(choices.get(key, ()))
        code = fault(spec, marks)
        if code:
            raise profile.refuse(code, field=key)
        if marks:
            found[key] = sorted(marks, key=spec.options.index)
    if not found:
        raise profile.refuse("no_ballot_mark", field=next(iter(specs), ""))
    return found


def voucher_of(meeting: Any, right: Right, request: Any) -> Record:
    """Return the voucher of a cast right: a signed promise, with proof once it is in the log.

    Made anew from what is stored and equal every time, because signatures are deterministic.
    """
    box = meeting.ballot_box
    signer = box.signer(request.registry)
    slot = box.slots[right.key]
    record = voucher.voucher(
        signer,
        promise(signer, box.meeting_id, _leaf(box, right, request), slot.cast_at),
        meeting=box.meeting_id,
        title=meeting.title,
        community=meeting.community.title,
        address=f"{request.registry.settings['yitang'].base_url}/verify",
        lot="" if box.is_secret else slot.nonce.hex(),
        authority=authority_of(meeting, slot),
    )
    index = box.index_of(right.key)
    head = None if index is None else box.log.head_at(index + 1)
    if index is None or head is None:
        return record
    return voucher.with_proof(signer, record, box.log, index, head)


def _leaf(box: BallotBox, right: Right, request: Any) -> bytes:
    """Return what the log holds or will hold of a ballot; EvidenceError after secret ones mixed."""
    if box.is_secret:
        return box.covered_leaf(right.key, request.registry.cover(box.meeting_id))
    return box.leaf(box.slots[right.key])


def authority_of(meeting: Any, slot: Slot) -> Record | None:
    """Return under which authorisation a proxy cast a ballot, by number and digest."""
    if not slot.authority:
        return None
    item = meeting[slot.authority]
    return {"kind": "proxy", "number": item.__name__, "sha256": item.sha256, "sm3": item.sm3}


def _stay_open(box: BallotBox) -> None:
    """Make the commit fail when somebody shuts the gate meanwhile (EV-6.4.3)."""
    jar = box.gate._p_jar  # noqa: SLF001 - the connection checks the read at the commit.
    if jar is not None:
        jar.readCurrent(box.gate)
