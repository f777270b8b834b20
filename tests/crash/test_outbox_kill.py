"""Whatever moment a process dies at, promised jobs and audit entries stand exactly once."""

import subprocess
import sys

import pytest

from portal import audit, jobs
from tests.crash.outbox_rounds import open_site
from tests.unit.site_helper import close

ROUNDS = 30


@pytest.mark.clause("EV-8.6.1")
def test_killed_process_loses_and_doubles_nothing(tmp_path):
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.crash.outbox_rounds", tmp_path, str(ROUNDS)],
        check=True,
        timeout=240,
        stderr=subprocess.DEVNULL,
    )
    lines = (tmp_path / "acknowledged").read_text("ascii").split()
    acknowledged = set(map(int, lines))
    registry = open_site(tmp_path)
    try:
        jobs.run_pending(registry, strict=True)
        counts = jobs.transact(registry, lambda request: dict(request.root["counts"]))
        left = jobs.transact(registry, lambda request: len(request.site.outbox))

        def read(request):
            log = audit.log_of(request)
            numbers = [entry["detail"]["number"] for entry in log.query()]
            return numbers, audit.first_fault(request)

        logged, first_bad = jobs.transact(registry, read)
    finally:
        close(registry)
    assert len(acknowledged) > ROUNDS
    assert left == 0
    assert acknowledged <= set(counts)
    assert set(counts.values()) == {1}
    assert sorted(logged) == sorted(counts)
    assert first_bad is None
