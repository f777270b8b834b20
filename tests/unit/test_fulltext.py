"""Every word inside a Chinese sentence is found, and nothing else."""

import random
import sqlite3
import threading

import pytest

from portal.fulltext import FullText, fold, runs, snippet

COMMON = (
    "业主大会会议表决同意反对弃权公示公告小区物业维修资金"
    "电梯消防停车位选举委员会筹备组街道办事处居民"
)
MARKS = "，。；：“”（）、 \n"


@pytest.fixture
def index(tmp_path):
    index = FullText(tmp_path / "index" / "fulltext.sqlite")
    yield index
    index.close()


def sentence(chance, length):
    pieces = []
    while sum(map(len, pieces)) < length:
        kind = chance.random()
        if kind < 0.72:
            start = chance.randrange(len(COMMON) - 4)
            pieces.append(COMMON[start : start + chance.randint(1, 4)])
        elif kind < 0.84:
            pieces.append(chance.choice(MARKS))
        elif kind < 0.94:
            pieces.append(str(chance.randint(0, 2027)))
        else:
            pieces.append(chance.choice(["A栋", "GB50096", "pH值", "Ｂ座", "𠮷", "㐂"]))
    return "".join(pieces)


def expected(texts, query):
    words = runs(query)
    return {
        oid for oid, text in texts.items() if all(any(w in r for r in runs(text)) for w in words)
    }


def test_recall_and_precision_are_one(index):
    chance = random.Random(20260302)
    texts = {oid: sentence(chance, 300) for oid in range(1, 401)}
    index.rebuild((oid, text[:20], text) for oid, text in texts.items())
    queries = [
        text[start : start + length].strip()
        for text in chance.sample(list(texts.values()), 60)
        for length in (1, 2, 3, 5, 9)
        for start in [chance.randrange(len(text) - length)]
    ]
    queries += ["业主大会", "业", "2026", "a栋", "Ｂ座", "𠮷", "gb50096", "电梯 消防", "没有这个词"]
    wanted_any = 0
    for query in queries:
        if not runs(query):
            assert index.search(query) == []
            continue
        wanted = expected(texts, query)
        wanted_any += bool(wanted)
        assert set(index.search(query, limit=1000)) == wanted, query
    assert wanted_any > 200


def test_words_of_two_sentences_do_not_make_one(index):
    index.put(1, "", "甲乙。乙丙")
    assert index.search("甲乙丙") == []
    assert index.search("乙丙") == [1]


def test_last_and_only_character_of_a_run_is_found(index):
    index.put(1, "", "小区")
    index.put(2, "", "电，梯")
    assert index.search("区") == [1]
    assert index.search("梯") == [2]


def test_every_word_of_the_query_must_be_there(index):
    index.put(1, "电梯改造公告", "")
    index.put(2, "电梯公告", "关于改造")
    index.put(3, "电梯", "")
    assert sorted(index.search("电梯 改造")) == [1, 2]


def test_title_counts_more_than_body(index):
    index.put(1, "停车", "电梯" + "其他文字" * 20)
    index.put(2, "电梯", "停车" + "其他文字" * 20)
    assert index.search("电梯") == [2, 1]


def test_changed_text_is_found_by_its_new_words_only(index):
    index.put(1, "旧标题", "旧内容")
    index.put(1, "新标题", "新内容")
    assert index.search("旧") == []
    assert index.search("新内容") == [1]
    assert len(index) == 1


def test_removed_text_leaves_no_word_in_the_file(index):
    index.put(1, "张三丰", "秘密")
    index.put(2, "别的", "文字")
    index.remove(1)
    index.remove(1)
    assert index.search("张三丰") == []
    assert index.oids() == {2}


@pytest.mark.parametrize("query", ['"', "* OR NEAR(", "title:x", "' -- ;", "()", "^", "\x00", "  "])
def test_query_is_never_an_expression(index, query):
    index.put(1, "标题", "near or and x")
    assert index.search(query) in ([], [1])


def test_failed_change_changes_nothing(index):
    index.put(1, "一", "")

    def fail():
        with index.writing() as writer:
            writer.put(2, "二", "")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert index.oids() == {1}
    index.put(3, "三", "")
    assert index.oids() == {1, 3}


def test_several_threads_write_at_once(tmp_path):
    first, second = FullText(tmp_path / "i.sqlite"), FullText(tmp_path / "i.sqlite")
    errors = []

    def work(index, start):
        try:
            for oid in range(start, start + 25):
                index.put(oid, f"标题{oid}", "内容")
        except sqlite3.Error as error:
            errors.append(error)

    threads = [
        threading.Thread(target=work, args=(index, start))
        for index, start in ((first, 0), (first, 100), (second, 200), (second, 300))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(first.search("内容", limit=200)) == 100
    first.close()
    second.close()


def test_snippet_shows_the_hit_in_its_sentence():
    text = "前面的话" * 20 + "业主大会决定更换电梯。" + "后面的话" * 20
    parts = snippet(text, "电梯", width=40)
    assert ("电梯", True) in parts
    shown = "".join(part for part, _ in parts)
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) <= 42
    assert shown.strip("…") in text


def test_snippet_without_hit_is_the_beginning():
    assert snippet("短文", "没有") == [("短文", False)]


def test_full_width_and_case_are_levelled():
    assert fold("ＧＢ５００") == "gb500"
