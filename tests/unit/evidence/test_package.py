"""The package is one deterministic archive, and the verifier travels in it as one file."""

import io
import json
import subprocess
import sys
import zipfile

import pytest

from portal.evidence.bundle import verifier_source
from portal.evidence.canonical import EvidenceError, canonical, canonical_value
from portal.evidence.package import build_package, log_content
from portal.evidence.verify import main, verify
from portal.evidence.voucher import voucher, voucher_json, with_proof
from tests.unit.evidence.sample import LABELS, SITE, Meeting, meeting, package, signer, unpack

P0_CHECKS = {
    "container", "manifest", "form", "seal", "certificate", "log", "heads", "records", "order",
    "profile",
    "thresholds", "deadlines", "channels", "sums", "result", "buckets", "stamps", "stamp_seals",
}  # fmt: skip
P2_CHECKS = {
    "ballots",
    "release",
    "openings",
    "roll",
    "one_vote",
    "recount",
    "units",
    "bucket_ballots",
    "documents",
}


def statuses(report):
    return {check["name"]: check["status"] for check in report.checks}


def passed(report):
    return {name for name, status in statuses(report).items() if status == "ok"}


@pytest.mark.clause("EV-8.4.1")
def test_public_package_verifies_what_its_level_allows():
    report = verify(package(full=False))
    assert (report.ok, report.level) == (True, "P0")
    assert passed(report) == P0_CHECKS
    assert {statuses(report)[name] for name in P2_CHECKS} == {"not_possible"}


@pytest.mark.clause("EV-8.4.1")
def test_full_package_is_verified_from_envelopes_to_verdict():
    report = verify(package(full=True), trusted=(SITE.key_id,))
    assert (report.ok, report.level) == (True, "P2")
    assert passed(report) == P0_CHECKS | P2_CHECKS | {"trust"}


@pytest.mark.clause("EV-4.1.4")
@pytest.mark.parametrize("full", [False, True])
def test_two_exports_are_byte_identical(full):
    assert meeting().package(full=full) == meeting().package(full=full)


def test_archive_is_a_plain_zip_for_every_other_program():
    archive = zipfile.ZipFile(io.BytesIO(package(full=True)))
    assert archive.testzip() is None
    assert archive.namelist() == sorted(unpack(package(full=True)))
    assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
    assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_public_package_holds_no_ballot_unit_or_private_key():
    text = package(full=False)
    played = meeting()
    for secret in (played.release["releases"][0]["private"], played.sealed_key["sealed"],
                   *(envelope["ballot"] for envelope in played.envelopes),
                   *(entry["unit"] for entry in played.roll),
                   *(entry["salt"] for entry in played.roll)):  # fmt: skip
        assert f'"{secret}"'.encode() not in text


def test_ballots_kept_in_the_log_are_withheld_all_the_same():
    played = Meeting(units=20, cast=8)
    for index, envelope in zip(played.indexes, played.envelopes, strict=True):
        played.log.kept[index] = canonical(envelope)
    assert set(log_content(played.log)["records"]).isdisjoint(played.indexes)


def test_package_that_does_not_verify_is_never_published():
    content = meeting().content()
    content["full"] = {**content["full"], "openings": content["full"]["openings"][::-1]}
    with pytest.raises(EvidenceError, match="openings"):
        build_package(content, signer())


def buckets_with(change):
    table = json.loads(unpack(package(full=True))["buckets.json"])
    change(table)
    return {**meeting().content(), "buckets": table}


@pytest.mark.clause("EV-10.8.1")
@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.update(k=1000),
        lambda t: t.update(seed="00" * 32),
        lambda t: t["buckets"][0].update(ballots=t["buckets"][0]["ballots"] + 1),
        lambda t: t["buckets"][0].update(groups=t["buckets"][0]["groups"] + 1),
        lambda t: t["buckets"][0]["motions"]["motion-2026-001"]["for"].reverse(),
        lambda t: t["buckets"][0]["tickets"].reverse(),
        lambda t: t["buckets"][0]["tickets"].pop(),
    ],
)
def test_bucket_table_must_add_up_and_follow_from_its_seed(change):
    build_package(buckets_with(lambda table: None), signer())
    with pytest.raises(EvidenceError, match="buckets"):
        build_package(buckets_with(change), signer())


def test_profile_text_must_be_that_of_the_meeting():
    content = {**meeting().content(full=False), "profile": canonical_value({"other": 1})}
    with pytest.raises(EvidenceError, match="profile"):
        build_package(content, signer())


def alone(tmp_path, *arguments, block=""):
    """Run the verifier out of the package, far from the product."""
    script = tmp_path / "verify.py"
    script.write_bytes(unpack(package(full=False))["verify.py"])
    command = [sys.executable, "-I", str(script)]
    if block:
        code = (
            "import sys, runpy\n"
            f"sys.modules.update(dict.fromkeys({block!r}.split(','), None))\n"
            "if 'sm3' in sys.modules:\n"
            "    import hashlib; hashlib.algorithms_available.discard('sm3')\n"
            "sys.argv = sys.argv[1:]\n"
            "runpy.run_path(sys.argv[0], run_name='__main__')\n"
        )
        command = [sys.executable, "-I", "-c", code, str(script)]
    return subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, cwd=tmp_path, check=False, timeout=60
    )


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "package.zip"
    path.write_bytes(package(full=True))
    return path


@pytest.mark.clause("EV-8.4.1")
def test_single_file_verifies_without_the_product(tmp_path, archive):
    done = alone(tmp_path, archive, "--key", SITE.key_id, block="portal")
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode()
    assert "结论 result: 通过 VALID" in text
    assert "recount: 由选票重新计票 / result counted again from the ballots" in text


def test_single_file_without_any_library_says_what_it_could_not_check(tmp_path, archive):
    done = alone(tmp_path, archive, block="portal,cryptography,sm3")
    text = done.stdout.decode()
    assert done.returncode == 0
    assert "[未检查 not checked] seal" in text
    assert "signatures not checked" in text
    assert "[未检查 not checked] openings" in text
    assert "[通过 ok] recount" in text
    assert "[未检查 not checked] stamp_seals" in text
    assert "[通过 ok] stamps" in text
    assert "SM3 not checked here" in text


def test_single_file_exits_with_one_and_names_check_and_file(tmp_path, archive):
    data = bytearray(archive.read_bytes())
    data[data.index(b'"unit-result"')] ^= 1
    archive.write_bytes(data)
    for block in ("portal", "portal,cryptography,sm3"):
        done = alone(tmp_path, archive, block=block)
        assert done.returncode == 1
        assert "[失败 FAILED] manifest" in done.stdout.decode()
        assert "units.jsonl" in done.stdout.decode()


def test_missing_file_is_one_line_and_exit_code_one(tmp_path):
    done = alone(tmp_path, tmp_path / "none.zip")
    assert done.returncode == 1
    assert done.stderr.decode().count("\n") == 1


def test_single_file_is_the_same_every_time_and_imports_nothing_of_ours():
    assert verifier_source() == verifier_source()
    assert b"portal" not in verifier_source().replace(b"portal's", b"")


def test_command_verifies_a_voucher_against_a_package(tmp_path, archive, capsysbinary):
    played = meeting()
    early = voucher(signer(), played.promises[0], meeting="m", title="t", community="c",
                    address="https://yitang.example/verify")  # fmt: skip
    final = with_proof(signer(), early, played.log, played.indexes[0], played.head)
    path = tmp_path / "voucher.json"
    path.write_bytes(voucher_json(final))
    assert main([str(path), str(archive), "--key", SITE.key_id]) == 0
    assert b"inclusion" in capsysbinary.readouterr().out
    assert main([str(path), str(archive), "--key", "ed25519:00"]) == 1


def test_labels_and_titles_of_the_meeting_are_public():
    settings = json.loads(unpack(package(full=False))["records/00000000-meeting-settings.json"])
    labels = [[row["label"] for row in motion["options"]] for motion in settings["motions"]]
    assert labels == [list(row) for row in LABELS]
