"""Random histories: the book agrees with a plain model and its invariants after every step."""

import pytest
from funds_factories import CHECKER, MAKER, NOW, deposit_draft, drawdown_draft, make_book
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from portal.errors import PortalError
from yitang_funds.plan import share_out
from yitang_funds.posting import hold, post, release, reversal
from yitang_funds.verify import verify

AREAS = {"1-1-101": 9_550, "1-1-102": 12_000, "1-1-201": 8_800, "1-2-101": 1, "2-1-101": 33_333}
CODES = sorted(AREAS)
SCOPES = st.sets(st.sampled_from(CODES), min_size=1)
AMOUNTS = st.integers(1, 500_000)


class BookMachine(RuleBasedStateMachine):
    """Deposits, holds, drawdowns and reversals in any order."""

    def __init__(self):
        super().__init__()
        self.book = make_book(CODES)
        self.balance = dict.fromkeys(CODES, 0)
        self.holds = {}
        self.effects = {}  # seq -> what it added to the units
        self.reversed = set()
        self.count = 0

    def available(self, unit):
        return self.balance[unit] - sum(held.get(unit, 0) for held in self.holds.values())

    def apply(self, voucher, effect):
        self.effects[voucher.seq] = effect
        for unit, amount_fen in effect.items():
            self.balance[unit] += amount_fen

    def try_post(self, draft, effect, extra=None):
        """Post when the model can pay, else expect the refusal."""
        extra = extra or {}
        short = [
            unit
            for unit, amount_fen in effect.items()
            if amount_fen < 0 and self.available(unit) + extra.get(unit, 0) + amount_fen < 0
        ]
        if not short:
            self.apply(post(self.book, draft, NOW), effect)
            return True
        with pytest.raises(PortalError) as caught:
            post(self.book, draft, NOW)
        assert caught.value.message_id == "funds.error.balance_too_small"
        assert (caught.value.values["unit"], caught.value.values["count"]) == (
            min(short),
            len(short),
        )
        return False

    @rule(unit=st.sampled_from(CODES), amount_fen=AMOUNTS)
    def pay_in(self, unit, amount_fen):
        self.count += 1
        draft = deposit_draft(unit, amount_fen, f"A{self.count}")
        assert self.try_post(draft, {unit: amount_fen})
        assert post(self.book, draft, NOW).seq == self.book.last_seq

    @rule(scope=SCOPES, amount_fen=AMOUNTS, method=st.sampled_from(["area", "unit"]))
    def draw_down(self, scope, amount_fen, method):
        self.count += 1
        shares = share_out(amount_fen, {unit: AREAS[unit] for unit in scope}, method).shares
        pairs = [(share.unit, share.amount_fen) for share in shares]
        draft = drawdown_draft(f"d{self.count}", pairs)
        self.try_post(draft, {unit: -fen for unit, fen in pairs if fen})

    @rule(scope=SCOPES, amount_fen=AMOUNTS)
    def reserve(self, scope, amount_fen):
        self.count += 1
        shares = share_out(amount_fen, {unit: AREAS[unit] for unit in scope}, "unit").shares
        pairs = {share.unit: share.amount_fen for share in shares}
        if all(self.available(unit) >= fen for unit, fen in pairs.items() if fen):
            hold(self.book, f"h{self.count}", pairs.items())
            self.holds[f"h{self.count}"] = pairs
        else:
            with pytest.raises(PortalError):
                hold(self.book, f"h{self.count}", pairs.items())

    @precondition(lambda self: self.holds)
    @rule(data=st.data(), pays=st.booleans())
    def settle_hold(self, data, pays):
        key = data.draw(st.sampled_from(sorted(self.holds)))
        pairs = self.holds.pop(key)
        if pays:
            draft = drawdown_draft(key, pairs.items(), release=key)
            assert self.try_post(draft, {unit: -fen for unit, fen in pairs.items() if fen})
        else:
            release(self.book, key)

    @precondition(lambda self: self.book.last_seq)
    @rule(data=st.data())
    def reverse(self, data):
        seq = data.draw(st.integers(1, self.book.last_seq))
        draft = reversal(self.book, seq, "冲销", MAKER, CHECKER)
        if self.book.voucher(seq).kind == "reversal":
            with pytest.raises(PortalError):
                post(self.book, draft, NOW)
        elif seq in self.reversed:
            before = self.book.last_seq
            post(self.book, draft, NOW)
            assert self.book.last_seq == before
        elif self.try_post(draft, {unit: -fen for unit, fen in self.effects[seq].items()}):
            self.reversed.add(seq)

    @invariant()
    def book_agrees_with_the_model(self):
        assert {unit: self.book.balance_of(unit) for unit in CODES} == self.balance
        assert {unit: self.book.available_of(unit) for unit in CODES} == {
            unit: self.available(unit) for unit in CODES
        }

    @invariant()
    def book_is_whole(self):
        assert verify(self.book) == []


TestBookMachine = BookMachine.TestCase
TestBookMachine.settings = settings(max_examples=60, stateful_step_count=30)
TestBookMachine.pytestmark = [pytest.mark.clause("MF-8.1.1.d")]
