"""The archive: numbers without gaps, retention by class, digests that tell."""

import pytest

from content_types.record_file import classes, next_number


class Filed:
    def __init__(self, number):
        self.record_number = number


class Place:
    __name__ = "haitang"


def test_record_numbers_run_on_without_gap_within_class_and_year():
    archive = {"1": Filed("HAITANG-YDH.HY-2026-0001"), "2": Filed("HAITANG-GG.TZ-2026-0001")}
    number = next_number(archive, Place(), "YDH.HY", 2026)
    assert number == "HAITANG-YDH.HY-2026-0002"
    assert next_number(archive, Place(), "YDH.HY", 2027) == "HAITANG-YDH.HY-2027-0001"


def test_number_of_a_file_classed_anew_is_not_given_to_another():
    left = {"2": Filed("HAITANG-YDH.HY-2026-0002")}
    assert next_number(left, Place(), "YDH.HY", 2026) == "HAITANG-YDH.HY-2026-0003"


@pytest.mark.parametrize("code", ["YDH.HY", "YDH.XJ", "YDH.GZ"])
def test_what_an_assembly_decided_is_kept_for_ever(code):
    assert classes()[code]["retention"] == 0
