"""A witness who kept a head sees when the log is rewritten, cut or signed by somebody else."""

import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from portal.evidence.canonical import canonical
from portal.evidence.keys import public_record
from portal.evidence.log import MerkleLog
from portal.evidence.voucher import log_proof
from portal.evidence.witness import Alarm, compare
from portal.scripts.main import main
from tests.unit.evidence.sample import SITE, plain_signer, signer

MEETING = "meeting-1"

NOON = datetime(2026, 6, 20, 4, tzinfo=UTC)


def grown(sizes, *, who=None, other=()):
    """Return a log with a signed head at each of the sizes; leaves in ``other`` differ."""
    log = MerkleLog(MEETING)
    for size in sizes:
        while len(log) < size:
            number = len(log)
            log.append(canonical({"type": "x", "v": 1, "n": -1 if number in other else number}))
        log.head(who or by(), NOON + timedelta(minutes=size))
    return log


def by(seed=1, **more):
    return signer(seed, **{"meeting": MEETING} | more)


def answer(log, size, public=None):
    (head,) = log.heads(last=1)
    public = public or public_record(by(2 if head["key"] == by(2).key_id else 1))
    return log_proof(log, size if 0 < size <= head["size"] else head["size"], head, public)


@pytest.mark.clause("EV-8.4.2")
def test_witness_accepts_a_log_that_only_grew():
    first = compare(None, answer(grown([3]), 0), SITE.key_id)
    for sizes in ([3], [3, 4], [3, 40]):
        later = compare(first, answer(grown(sizes), 3), SITE.key_id)
        assert later["size"] == sizes[-1]


@pytest.mark.clause("SZ-28")
@pytest.mark.parametrize(
    ("proof", "words"),
    [
        (answer(grown([3, 9], other=(1,)), 3), "does not contain"),
        (answer(grown([2]), 3), "shrank"),
        (answer(grown([9], who=by(2)), 3), "another key"),
        ({"type": "log-proof"}, "no head"),
        ({**answer(grown([3, 9]), 3), "sha256": []}, "does not contain"),
    ],
)
def test_witness_raises_the_alarm(proof, words):
    last = compare(None, answer(grown([3]), 0))
    with pytest.raises(Alarm, match=words):
        compare(last, proof)


@pytest.mark.parametrize(
    ("signed", "public", "words"),
    [
        (by(7), public_record(by()), "not signed by the key it names"),
        (by(), public_record(plain_signer(1)), "no certificate"),
        (by(), public_record(signer(meeting="meeting-2")), "certified for meeting meeting-2"),
        (by(), public_record(by(by=plain_signer(9))), "is certified by"),
    ],
)
def test_witness_refuses_a_head_that_no_certified_key_of_the_meeting_signed(signed, public, words):
    with pytest.raises(Alarm, match=words):
        compare(None, answer(grown([3], who=signed), 0, public), SITE.key_id)


def test_witness_of_a_first_head_without_a_notice_still_wants_a_certificate():
    with pytest.raises(Alarm, match="no certificate"):
        compare(None, answer(grown([3]), 0, public_record(plain_signer(1))))


@contextmanager
def site(state):
    """Serve ``log.json`` of the log in ``state``."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            query = parse_qs(urlsplit(self.path).query)
            body = canonical(answer(state["log"], int(query["size"][0])))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/log.json"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.clause("SZ-28")
def test_command_keeps_the_heads_and_ends_with_an_alarm_when_one_is_denied(tmp_path, capsys):
    kept, state = tmp_path / "heads.jsonl", {"log": grown([3])}
    with site(state) as address:
        assert main(["witness", address, str(kept)]) == 0
        state["log"] = grown([3, 30])
        assert main(["witness", address, str(kept)]) == 0
        assert [json.loads(line)["size"] for line in kept.read_text().splitlines()] == [3, 30]
        state["log"] = grown([3, 30, 31], other=(20,))
        assert main(["witness", address, str(kept)]) == 2
        assert "ALARM" in capsys.readouterr().out
        assert len(kept.read_text().splitlines()) == 2
        assert (tmp_path / "heads.alarm").exists()
