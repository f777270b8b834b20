"""The key tool of the trustees as a page: opened from a disk, without network or product."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from content_types.meeting.trustees import seats
from portal.evidence import trustee

PAGE = Path(trustee.__file__).with_suffix(".html")
PASSPHRASE = "一句 long phrase"


def envelope_for(public):
    """Return the test envelope for a public key and the digest of its answer."""
    seat = seats.Seat("convenor", "account-1")
    meeting = SimpleNamespace(trustees=(seat,))
    seats.take_public(meeting, "haitang-2026-001", seat, public)
    return meeting


@pytest.fixture
def tool(browser):
    context = browser.new_context(offline=True, accept_downloads=True)
    page = context.new_page()
    page.goto(PAGE.as_uri())
    yield page
    context.close()


def press(page, button, place):
    page.click(f"#{button}")
    done = "place => !['', '…'].includes(document.getElementById(place).textContent)"
    page.wait_for_function(done, arg=place)
    return page.text_content(f"#{place}")


@pytest.mark.clause("EV-4.1.9")
def test_key_made_by_the_page_opens_with_the_tool_and_the_other_way_round(tool, tmp_path):
    tool.fill("#new-pass", PASSPHRASE)
    tool.fill("#new-again", "something else")
    assert "differ" in press(tool, "new", "new-out")
    tool.fill("#new-again", PASSPHRASE)
    with tool.expect_download() as download:
        tool.click("#new")
    made = tmp_path / "page.key"
    download.value.save_as(made)
    public = tool.text_content("#new-out")
    assert tool.text_content("#new-id") == trustee.key_name(bytes.fromhex(public))
    key = trustee.load_key(str(made), PASSPHRASE)
    assert key.public_key().public_bytes_raw().hex() == public

    other = tmp_path / "tool.key"
    theirs = trustee.new_key(str(other), PASSPHRASE)
    for file, name in ((made, public), (other, theirs)):
        meeting = envelope_for(name)
        (tmp_path / "test.json").write_text(meeting.trustees[0].test)
        tool.set_input_files("#file", str(file))
        tool.set_input_files("#test", str(tmp_path / "test.json"))
        tool.fill("#pass", "wrong")
        assert "Wrong passphrase" in press(tool, "open", "out")
        tool.fill("#pass", PASSPHRASE)
        answer = press(tool, "open", "out")
        assert seats.take_answer(meeting, meeting.trustees[0], answer).rehearsed_at
        private = trustee.load_key(str(file), PASSPHRASE).private_bytes_raw().hex()
        assert press(tool, "release", "out") == private
    (tmp_path / "test.json").write_text(envelope_for(public).trustees[0].test)
    tool.set_input_files("#test", str(tmp_path / "test.json"))
    assert "another key" in press(tool, "open", "out")
