"""How long ballots are padded (补齐长度), so that the length of none tells its choice."""

from collections.abc import Iterable, Sequence

from portal.evidence.seal import SMALLEST
from portal.rules.tally import MotionSpec

# Room for the fields of a ballot beside units and choices, and for the mark-up of each of them.
FRAME_BYTES, MARK_BYTES = 220, 8


def padded_size(units: Sequence[str], specs: Iterable[MotionSpec]) -> int:
    """Return the length all ballots with these units are padded to, whatever they say."""
    longest = FRAME_BYTES + sum(len(unit) + MARK_BYTES for unit in units)
    for spec in specs:
        marks = sorted((len(option) for option in spec.options), reverse=True)
        longest += len(spec.key) + MARK_BYTES
        longest += sum(length + MARK_BYTES for length in marks[: spec.max_marks])
    size = SMALLEST
    while size < longest:
        size *= 2
    return size
