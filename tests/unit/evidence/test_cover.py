"""The cover of secret ballots opens for one right of one meeting, until its key is destroyed."""

import stat

import pytest

from portal.evidence.canonical import EvidenceError
from portal.evidence.cover import Cover


@pytest.fixture
def cover(tmp_path):
    found = Cover(tmp_path / "covers", "haitang-2026-001")
    found.create()
    return found


def test_covered_ballot_opens_for_its_own_right_only(cover, tmp_path):
    covered = cover.close("r1", b"ballot")
    assert b"ballot" not in covered
    assert cover.open("r1", covered) == b"ballot"
    other = Cover(tmp_path / "covers", "haitang-2026-002")
    other.create()
    for wrong in (
        lambda: cover.open("r2", covered),
        lambda: other.open("r1", covered),
        lambda: cover.open("r1", b""),
        lambda: cover.open("r1", covered[:-1]),
    ):
        with pytest.raises(EvidenceError, match="cannot be uncovered"):
            wrong()


def test_key_is_private_is_made_once_and_is_gone_after_its_end(cover):
    key = cover.path.read_bytes()
    assert stat.S_IMODE(cover.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(cover.path.parent.stat().st_mode) == 0o700
    covered = cover.close("r1", b"ballot")
    cover.create()
    assert cover.path.read_bytes() == key
    with cover.path.open("rb") as still_open:
        cover.destroy()
        # Who still holds the file open reads zeros.
        assert set(still_open.read()) == {0}
    cover.destroy()
    with pytest.raises(EvidenceError, match="is not there"):
        cover.open("r1", covered)
