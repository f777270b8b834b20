"""The key tool of the trustees, run as they run it."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from content_types.meeting.trustees import seats
from portal.errors import PortalError
from portal.evidence import trustee
from portal.scripts.main import main


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the file alone, from another folder, as somebody without the product."""
    monkeypatch.setenv("TRUSTEE_PASSPHRASE", "a long phrase")

    def call(*words):
        command = [sys.executable, "-I", trustee.__file__, *words]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
        )

    return call


def seated(public):
    meeting = SimpleNamespace(trustees=(seats.Seat("convenor", "a"),))
    seats.take_public(meeting, "m", meeting.trustees[0], public)
    return meeting


def test_key_is_made_proven_and_released_without_the_product(run, tmp_path, capsys):
    made = run("new", "my.key")
    public = made.stdout.strip()
    meeting = seated(public)
    assert meeting.trustees[0].key in made.stderr
    (tmp_path / "test.json").write_text(meeting.trustees[0].test)
    answer = run("open", "my.key", "test.json").stdout
    assert seats.take_answer(meeting, meeting.trustees[0], answer).rehearsed_at
    private = run("release", "my.key").stdout.strip()
    assert seats.seal.public_of(private)["public"] == public
    assert private not in (tmp_path / "my.key").read_text()
    assert (tmp_path / "my.key").stat().st_mode & 0o077 == 0
    assert main(["trustee", "release", str(tmp_path / "my.key")]) == 0
    assert capsys.readouterr().out.strip() == private


def test_existing_key_file_is_never_replaced_and_wrong_input_is_refused(run, tmp_path, monkeypatch):
    public = run("new", "my.key").stdout.strip()
    before = (tmp_path / "my.key").read_bytes()
    assert run("new", "my.key").returncode == 1
    assert (tmp_path / "my.key").read_bytes() == before
    other = seated(run("new", "other.key").stdout)
    (tmp_path / "test.json").write_text(other.trustees[0].test)
    assert run("open", "my.key", "test.json").returncode == 1
    test = json.loads(seated(public).trustees[0].test)
    (tmp_path / "test.json").write_text(json.dumps({**test, "meeting": "another"}))
    assert "does not open" in run("open", "my.key", "test.json").stderr
    monkeypatch.setenv("TRUSTEE_PASSPHRASE", "wrong")
    assert run("release", "my.key").returncode == 1


@pytest.mark.parametrize("public", ["", "zz", "00" * 31, "00" * 32, "01" + "00" * 31])
def test_what_is_no_public_key_or_open_to_everybody_is_refused(public):
    with pytest.raises(PortalError, match="no_key"):
        seated(public)


def test_new_key_of_a_trustee_has_to_be_proven_again(tmp_path):
    meeting = seated(trustee.new_key(str(tmp_path / "one"), "p"))
    key = trustee.load_key(str(tmp_path / "one"), "p")
    answer = trustee.answer(key, json.loads(meeting.trustees[0].test))
    seats.take_answer(meeting, meeting.trustees[0], answer)
    second = trustee.new_key(str(tmp_path / "two"), "p")
    assert seats.take_public(meeting, "m", meeting.trustees[0], second).rehearsed_at is None
    with pytest.raises(PortalError, match="wrong_answer"):
        seats.take_answer(meeting, meeting.trustees[0], answer)
