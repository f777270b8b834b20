"""Serial numbers, sums and sample of paper ballots."""

import random
from dataclasses import fields, replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.evidence.verifier.paper import draw_sample, found_permille
from portal.rules.errors import RuleError
from portal.rules.paper import (
    PaperNumbers,
    check_reconciliation,
    read_serial,
    reconciliation,
    serial,
)
from portal.rules.sampling import chance_found, draw, read_seed, sample_size, wrong_ballots

SEED = "36514263154263514263"
GOOD = PaperNumbers(
    printed=20, stock=5, spoiled_stock=1, issued=14, returned=10, unreturned=3, spoiled=1,
    box_count=11, foreign=1, stock_count=5, spoiled_count=2, valid=8, invalid=2, disputed=0,
)  # fmt: skip


@given(st.integers(1, 999_999))
def test_serial_is_read_back_however_it_is_typed(number):
    text = serial(number)
    for typed in (text, text.replace("-", ""), f" {text} ", text.lstrip("0")):
        assert read_serial(typed) == text


@given(st.integers(1, 999_999), st.integers(0, 6), st.integers(1, 9))
def test_any_single_wrong_digit_of_a_serial_is_refused(number, place, more):
    digits = list(serial(number).replace("-", ""))
    digits[place] = str((int(digits[place]) + more) % 10)
    with pytest.raises(RuleError):
        read_serial("".join(digits))


@pytest.mark.parametrize("text", ["", "-", "7", "abc", "12345678", "１２３４５６７", "00001-"])
def test_what_is_no_serial_is_refused(text):
    with pytest.raises(RuleError):
        read_serial(text)


@pytest.mark.clause("SZ-24.3")
def test_sums_of_a_sound_paper_round_agree():
    assert all(line.met for line in check_reconciliation(GOOD))


@pytest.mark.clause("SZ-24.3")
@pytest.mark.parametrize("name", [field.name for field in fields(PaperNumbers)])
def test_one_ballot_too_many_anywhere_is_refused_with_both_numbers(name):
    wrong = replace(GOOD, **{name: getattr(GOOD, name) + 1})
    with pytest.raises(RuleError) as refused:
        check_reconciliation(wrong)
    assert abs(refused.value.values["difference"]) == 1
    assert refused.value.values["number"] != refused.value.values["total"]


def test_a_lost_issued_ballot_is_named_by_its_line():
    with pytest.raises(RuleError, match=r"paper\.sum\.issued") as refused:
        check_reconciliation(replace(GOOD, unreturned=2))
    assert refused.value.values == {"number": 14, "total": 13, "difference": 1}
    assert [line.key for line in reconciliation(GOOD)][:2] == ["printed", "issued"]


@pytest.mark.clause("EV-8.4.1")
@settings(max_examples=60)
@given(st.text("0123456789", min_size=20, max_size=30), st.integers(0, 400), st.data())
def test_same_seed_gives_the_same_sample_here_and_in_the_offline_verifier(seed, population, data):
    size = data.draw(st.integers(0, population))
    sample = draw(seed, population, size)
    assert list(sample) == draw_sample(seed, population, size)
    assert len(set(sample)) == size
    assert draw(seed, population, population)[:size] == sample


@pytest.mark.parametrize("text", ["", "1234", "x" * 20, "1" * 61, "１" * 20])
def test_seed_of_too_few_throws_is_refused(text):
    with pytest.raises(RuleError):
        read_seed(text)


def test_seed_may_be_typed_in_groups():
    assert read_seed("36514 26315 42635 14263") == SEED


@given(st.integers(1, 3000))
@settings(max_examples=40)
def test_sample_is_the_smallest_that_finds_one_percent_with_95_percent(population):
    wrong, size = wrong_ballots(population), sample_size(population)
    assert chance_found(population, wrong, size) >= Fraction(95, 100)
    assert size == 0 or chance_found(population, wrong, size - 1) < Fraction(95, 100)
    chance = chance_found(population, wrong, size)
    assert found_permille(population, size) == [
        wrong,
        1000 * chance.numerator // chance.denominator,
    ]


def test_chance_is_the_hypergeometric_one():
    assert chance_found(10, 1, 3) == Fraction(3, 10)
    assert chance_found(10, 2, 3) == 1 - Fraction(8 * 7 * 6, 10 * 9 * 8)
    assert chance_found(5, 1, 5) == 1


@pytest.mark.clause("EV-8.6.3")
@pytest.mark.parametrize("size", [60, sample_size(300)])
def test_planted_errors_are_found_with_the_stated_chance_over_1000_audits(size):
    population, chances = 300, random.Random(20260620)
    wrong = wrong_ballots(population)
    assert wrong == population // 100
    stated = chance_found(population, wrong, size)
    found = 0
    for _ in range(1000):
        planted = set(chances.sample(range(population), wrong))
        seed = "".join(chances.choices("123456", k=20))
        found += not planted.isdisjoint(draw(seed, population, size))
    # Four standard deviations of 1000 throws with this chance.
    spread = 4 * (1000 * float(stated) * (1 - float(stated))) ** 0.5
    assert abs(found - 1000 * float(stated)) < spread


def test_sample_larger_than_the_ballots_is_refused():
    with pytest.raises(RuleError):
        draw(SEED, 3, 4)
