"""Whoever holds every key and writes a whole new log is found out by the law and the count."""

from portal.evidence import records
from tests.unit.evidence.insider import SETTINGS, Insider, failed


def test_insider_who_changes_nothing_passes():
    assert Insider().report().ok


def test_insider_cannot_lower_a_threshold_of_the_law():
    insider = Insider()
    insider.settings["motions"][0]["rule"]["majority"]["denominator"] = 9
    assert failed(insider.report())["thresholds"] == SETTINGS


def test_insider_cannot_call_a_special_matter_ordinary():
    insider = Insider()
    rule = insider.settings["motions"][1]["rule"]
    rule["category"] = "ordinary"
    assert "thresholds" in failed(insider.report())


def test_insider_cannot_count_a_unit_twice():
    insider = Insider()
    insider.seal(insider.ballots[3][1]["units"], {"motion-2026-001": ["for"]})
    insider.result["channels"][0]["ballots"] += 1
    insider.result["channels"][0]["counted"] += 1
    assert "one_vote" in failed(insider.report())


def test_insider_cannot_count_a_ballot_from_outside_the_roll():
    insider = Insider()
    insider.seal(["u99999"], {"motion-2026-001": ["for"]})
    assert "one_vote" in failed(insider.report())


def test_insider_cannot_add_ballots_without_changing_the_count():
    insider = Insider()
    insider.seal(["u00039"], {"motion-2026-001": ["for"]})
    insider.result["channels"][0]["ballots"] += 1
    insider.result["channels"][0]["counted"] += 1
    assert "recount" in failed(insider.report())


def test_insider_cannot_shift_area_between_units():
    insider = Insider()
    first, last = insider.roll[0], insider.roll[-1]
    first["area"], last["area"] = first["area"] + 100, last["area"] - 100
    insider.commitment = records.roll_commitment("meeting-2026-001", insider.roll)
    assert "recount" in failed(insider.report())


def test_excluded_ballot_is_left_out_of_the_count_and_named():
    """A paper ballot that gave way to an electronic one stays in the log and is not counted."""
    insider = Insider()
    insider.seal(insider.ballots[3][1]["units"], {"motion-2026-001": ["for"]})
    insider.result["channels"][0]["ballots"] += 1
    insider.result["excluded"] = [
        {"index": 2 + len(insider.ballots) - 1, "reason": "superseded", "clause": "SZ-22.2"}
    ]
    assert insider.report().ok
    insider.result["excluded"][0]["index"] -= 1
    assert "one_vote" in failed(insider.report())


def test_missed_deadline_is_told_but_no_failure():
    insider = Insider()
    entry = insider.settings["deadlines"][0]
    entry["actual"], entry["met"] = entry["limit"] + 1, False
    report = insider.report()
    assert report.ok
    assert "deadline missed: publication (SZ-12.3)" in report.text()
