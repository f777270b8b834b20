"""What a forger without any key, or with his own, can hand to somebody who verifies."""

import json
import sys

import pytest

from portal.evidence import voucher as vouchers
from portal.evidence.canonical import canonical
from portal.evidence.keys import public_record, sign_record
from portal.evidence.verifier.ballots import recount
from portal.evidence.verifier.container import write_archive
from portal.evidence.verifier.publication import sums_of
from portal.evidence.verifier.voucher import verify_voucher
from portal.evidence.verify import verify
from tests.unit.evidence.sample import package, plain_signer, reseal, signer, unpack
from tests.unit.evidence.test_second_verifier import second
from tests.unit.evidence.test_second_voucher import second as second_voucher
from tests.unit.evidence.test_voucher import early, final

SETTINGS = "records/00000000-meeting-settings.json"
RESULT = "records/00000035-result.json"


@pytest.mark.clause("EV-8.4.1")
@pytest.mark.parametrize("about", [[], ["md5:00"], ["sm3"]])
def test_seal_that_is_about_no_manifest_fails_in_both_verifiers(tmp_path, about):
    files = unpack(package(full=False))
    seal = json.loads(files["seal.json"])
    body = {"type": seal["type"], "v": 1, "manifest": [
        one for one in seal["manifest"] if one.partition(":")[0] in about] or about}  # fmt: skip
    files["seal.json"] = canonical(sign_record(signer(), body))
    data = write_archive(files)
    assert {row["name"] for row in verify(data).failures} == {"seal"}
    outcome, code = second(tmp_path, data)
    assert (outcome["seal"] != "ok", code) == (True, 1)


@pytest.mark.clause("EV-8.4.1")
def test_bucket_of_no_size_is_a_failed_check_and_no_error():
    files = unpack(package(full=True))
    table = json.loads(files["buckets.json"])
    files["buckets.json"] = canonical(table | {"k": 0})
    assert "buckets" in {row["name"] for row in verify(reseal(files)).failures}


def calls_in(act):
    """Return how many calls of functions an act makes."""
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.clause("EV-8.4.1")
@pytest.mark.parametrize("sums", [recount, sums_of])
def test_blank_rows_of_a_forger_with_many_motions_cost_no_more_than_he_sends(sums):
    many = 300
    options = [{"option": "for"}, {"option": "against"}]
    motions = [{"motion": f"m{n}", "options": options, "max_marks": 1} for n in range(many)]
    rows = [({"choices": {}, "channel": "electronic"}, 7)] * many
    assert calls_in(lambda: sums({"motions": motions}, rows)) < 10 * many


@pytest.mark.clause("EV-8.4.1")
@pytest.mark.parametrize(
    "change",
    [
        lambda motions: motions.append(motions[0]),
        lambda motions: motions[0].update(options=motions[0]["options"] * 200),
    ],
    ids=["motion twice", "600 options"],
)
def test_motions_no_honest_package_has_fail_in_both_verifiers(tmp_path, change):
    files = unpack(package(full=True))
    for name in (SETTINGS, RESULT):
        content = json.loads(files[name])
        change(content["motions"])
        files[name] = canonical(content)
    data = reseal(files)
    failures = {row["name"] for row in verify(data).failures}
    assert "sums" in failures
    outcome, code = second(tmp_path, data)
    assert ({name for name, text in outcome.items() if text != "ok"}, code) == (failures, 1)


def changed():
    """Return a package whose result says of a ballot that it does not count; nobody signed it."""
    files = unpack(package(full=False))
    content = json.loads(files[RESULT])
    content["excluded"] = [{"index": 5, "reason": "invalid", "clause": "EV-8.1.4"}]
    return write_archive({**files, RESULT: canonical(content)})


def of_stranger():
    """Return the package as somebody else seals it, who certifies himself."""
    stranger = signer(seed=9, by=plain_signer(8))
    files = unpack(package(full=False))
    heads = json.loads(files["log/heads.json"])["heads"]
    bare = [{k: v for k, v in head.items() if k not in ("key", "signature")} for head in heads]
    signed = [sign_record(stranger, head) for head in bare]
    files["log/heads.json"] = canonical({"type": "log-heads", "v": 1, "heads": signed})
    keys = [public_record(stranger)]
    files["keys.json"] = canonical({"type": "public-keys", "v": 1, "keys": keys})
    files.pop("stamps.json", None)
    return reseal(files, by=stranger)


@pytest.mark.clause("EV-8.4.1", "EV-7.5.1")
@pytest.mark.parametrize("make", [changed, of_stranger])
@pytest.mark.parametrize("voucher", [early, final])
def test_voucher_is_not_proven_by_a_package_that_is_not_whole_or_of_another_site(
    tmp_path, make, voucher
):
    data, record = make(), vouchers.voucher_json(voucher())
    report = verify_voucher(record, data)
    assert {row["name"] for row in report.failures} == {"consistency"}
    (outcome,), code = second_voucher(tmp_path, [(record, data)])
    assert (outcome["consistency"] != "ok", code) == (True, 1)


def test_package_of_a_stranger_is_whole_in_itself():
    """The test above would say nothing if the package failed for another reason."""
    assert verify(of_stranger()).ok
