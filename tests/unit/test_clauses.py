"""Codes of clauses lead to the page that explains them."""

from pathlib import Path

import pytest
import yaml

from portal.clauses import chip, clause_of, words

ROOT = Path(__file__).parents[2]


def say(message_id, **values):
    found = yaml.safe_load((ROOT / "skins/locale/messages/clauses.yaml").read_text("utf-8"))
    text = found[message_id][0]
    for key, value in values.items():
        text = text.replace(f"${{{key}}}", value)
    return text


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("SZ-12.2", "《深圳市物业管理电子投票规则（征求意见稿）》第 12 条"),
        ("SZ-N7", "《深圳市物业管理电子投票规则（征求意见稿）》起草说明第 7 点"),
        ("BJ-OQ13.3", "《北京市业主共同决策手机投票系统操作指南》（第二版）业主常见问题第 13 问"),
        ("CN-278.T", "《中华人民共和国民法典》第 278 条"),
        ("CN-76", "《中华人民共和国物权法》第 76 条"),
        ("EV-8.6.3", "《业主大会电子投票系统要求》（团体标准）第 8.6.3 条"),
        ("C-12", "各规则来源之间的差异第 12 项"),
    ],
)
def test_code_is_put_into_words(code, text):
    assert words(code, say) == text


def test_chip_leads_to_the_page_of_its_clause():
    shown = chip("SZ-12.2", say)
    assert 'href="/law/clause/SZ-12.2"' in shown
    assert ">SZ-12.2</a>" in shown
    assert chip("GB/T 22239 8.1.4.2 d", say).startswith(
        '<a class="clause" href="/law/clause/GB/T%2022239%208.1.4.2%20d"'
    )


def test_chip_of_an_unknown_code_is_no_link_and_is_escaped():
    assert chip("<R15>", say) == '<span class="clause">&lt;R15&gt;</span>'
    assert chip("", say) == ""


def test_several_codes_make_several_chips():
    assert chip("SZ-12.3、SZ-29", say).count("<a ") == 2


def test_every_code_of_the_catalogue_of_votes_has_a_source():
    lines = (ROOT / "docs/clauses.tsv").read_text("utf-8").splitlines()[1:]
    codes = [line.partition("\t")[0] for line in lines]
    # X rows are instruments the standard of funds leans on; no page shows their codes.
    assert [code for code in codes if not code.startswith("X-") and clause_of(code) is None] == []
