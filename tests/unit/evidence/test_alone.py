"""The single file that verifies needs no network, no product and no package of Python."""

import json
import subprocess
import sys

import pytest

from portal.evidence.canonical import canonical
from tests.unit.evidence.sample import (
    SITE,
    meeting,
    owners_package,
    package,
    reseal,
    unpack,
)

# Runs a script as `python -I -S` does: without the packages of the machine. Whoever opens a socket,
# starts a program or reads a file outside its own folder and the standard library is stopped.
FENCED = """
import os, runpy, sys
sys.argv = sys.argv[1:]
here, library = os.getcwd(), os.path.dirname(os.__file__)
allowed = (here, library, sys.base_prefix + "/lib/python", "/etc/ssl", "/dev/null")
def fence(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "ctypes.")):
        os._exit(70)
    if event == "open" and isinstance(arguments[0], str):
        path = os.path.abspath(arguments[0])
        if not path.startswith(allowed) or "site-packages" in path:
            os._exit(71)
sys.addaudithook(fence)
runpy.run_path(sys.argv[0], run_name="__main__")
"""
SETTINGS = "records/00000000-meeting-settings.json"


def alone(folder, data, *arguments):
    """Return exit code and text of the verifier that travels in a package."""
    (folder / "verify.py").write_bytes(unpack(package(full=False))["verify.py"])
    (folder / "package.zip").write_bytes(data)
    command = [sys.executable, "-I", "-S", "-c", FENCED, "verify.py", "package.zip", *arguments]
    done = subprocess.run(command, cwd=folder, env={}, capture_output=True, check=False, timeout=60)
    assert done.stderr == b""
    return done.returncode, done.stdout.decode()


def marked(text, word):
    """Return the names of the checks that stand behind a mark."""
    lines = [line for line in text.splitlines() if line.startswith(f"[{word}]")]
    return {line.partition("] ")[2].partition(":")[0].split()[0] for line in lines}


@pytest.mark.clause("EV-8.4.1")
@pytest.mark.parametrize(
    ("make", "done"),
    [
        (lambda: package(full=False), {"log", "records", "order", "sums", "result", "buckets"}),
        (owners_package, {"log", "records", "result", "buckets", "participation"}),
        (lambda: package(full=True), {"log", "ballots", "roll", "one_vote", "recount", "units"}),
    ],
    ids=["P0", "P1", "P2"],
)
def test_every_level_is_verified_by_the_standard_library_alone_and_says_what_it_left_out(
    tmp_path, make, done
):
    code, text = alone(tmp_path, make(), "--key", SITE.key_id)
    assert code == 0, text
    assert "通过 VALID" in text
    assert done | {"container", "manifest", "form"} <= marked(text, "通过 ok")
    assert {"seal", "heads"} <= marked(text, "未检查 not checked")


def with_lines(name, change):
    def make():
        files = unpack(package(full=True))
        names = [name] if name == "roll.jsonl" else [name, "ballots/openings.jsonl"]
        for one in names:
            rows = files[one].splitlines(keepends=True)
            files[one] = b"".join(change(rows))
        return reseal(files)

    return make


def with_more():
    files = unpack(package(full=True))
    more = canonical(meeting().seal(["u00039"], {})) + b"\n"
    return reseal({**files, "ballots/envelopes.jsonl": files["ballots/envelopes.jsonl"] + more})


def with_swapped_areas():
    files = unpack(package(full=True))
    rows = [json.loads(line) for line in files["roll.jsonl"].splitlines()]
    rows[2]["area"], rows[3]["area"] = rows[3]["area"], rows[2]["area"]
    return reseal({**files, "roll.jsonl": b"".join(canonical(row) + b"\n" for row in rows)})


def with_another_threshold():
    files = unpack(package(full=False))
    content = json.loads(files[SETTINGS])
    content["motions"][0]["rule"]["majority"]["denominator"] = 9
    return reseal({**files, SETTINGS: canonical(content)})


@pytest.mark.clause("EV-8.4.1")
@pytest.mark.parametrize(
    ("make", "check"),
    [
        (with_lines("ballots/envelopes.jsonl", lambda rows: rows[:-1]), "ballots"),
        (with_more, "ballots"),
        (with_swapped_areas, "roll"),
        (with_another_threshold, "thresholds"),
    ],
    ids=["ballot removed", "ballot added", "areas swapped", "threshold changed"],
)
def test_change_by_who_holds_the_signing_key_is_found_by_the_standard_library_alone(
    tmp_path, make, check
):
    code, text = alone(tmp_path, make())
    assert code == 1
    assert check in marked(text, "失败 FAILED")


def test_fence_of_these_tests_stops_who_leaves_it(tmp_path):
    for line, code in (
        ("import socket; socket.socket()", 70),
        (f"open({str(tmp_path.parent / 'x')!r}, 'w')", 71),
        ("import cryptography", 1),
    ):
        (tmp_path / "other.py").write_text(line)
        command = [sys.executable, "-I", "-S", "-c", FENCED, "other.py"]
        done = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, check=False)
        assert done.returncode == code, (line, done.stderr)
