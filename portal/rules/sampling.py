"""Sample audit (抽样核查): a sample anybody draws again from a public seed, and what it proves."""

from __future__ import annotations

from fractions import Fraction
from hashlib import sha256

from portal.rules.errors import RuleError

# Errors the audit must find: this share of all ballots, with this chance.
ERROR_SHARE = Fraction(1, 100)
CONFIDENCE = Fraction(95, 100)
SEED_LENGTH = 20


def read_seed(text: str) -> str:
    """Return the digits that were thrown; RuleError when they are too few or no digits."""
    seed = "".join(text.split())
    if not (seed.isascii() and seed.isdigit() and SEED_LENGTH <= len(seed) <= 3 * SEED_LENGTH):
        raise RuleError("paper.seed_wrong", clause="EV-8.4.1", field="seed", digits=SEED_LENGTH)
    return seed


def draw(seed: str, population: int, size: int) -> tuple[int, ...]:
    """Return the places of the sample, in the order in which they are drawn.

    Each place 0 … ``population`` - 1 has the ticket SHA-256(``seed:place``); the lowest tickets
    are drawn, so a larger sample always begins with the smaller one.
    """
    if not 0 <= size <= population:
        raise RuleError("paper.sample_size", size=size, population=population)
    tickets = sorted((sha256(f"{seed}:{at}".encode()).digest(), at) for at in range(population))
    return tuple(at for _, at in tickets[:size])


def wrong_ballots(population: int, share: Fraction = ERROR_SHARE) -> int:
    """Return how many wrong ballots ``share`` of a population is, at least one."""
    return max(1, -(-population * share.numerator // share.denominator))


def chance_found(population: int, wrong: int, size: int) -> Fraction:
    """Return the exact chance that a sample of ``size`` holds one of ``wrong`` ballots."""
    missed = Fraction(1)
    for drawn in range(size):
        missed *= Fraction(max(0, population - wrong - drawn), population - drawn)
    return 1 - missed


def sample_size(
    population: int, share: Fraction = ERROR_SHARE, confidence: Fraction = CONFIDENCE
) -> int:
    """Return the smallest sample that finds ``share`` of wrong ballots with ``confidence``."""
    wrong = wrong_ballots(population, share)
    numerator, denominator = 1, 1
    for size in range(population + 1):
        # The chance to miss them all, kept as two integers, because reducing is what costs.
        if (denominator - numerator) * confidence.denominator >= confidence.numerator * denominator:
            return size
        numerator *= max(0, population - wrong - size)
        denominator *= population - size
    return population
