"""Records have exactly one byte form, in the product and in the offline verifier."""

import hashlib

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from portal.evidence import canonical as module
from portal.evidence.canonical import EvidenceError, canonical, digest, digests
from portal.evidence.verifier.container import canon, parse
from portal.evidence.verifier.report import ProblemError

KEYS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=8)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_verifier_writes_the_same_bytes_as_the_library(content):
    record = {**content, "type": "sample", "v": 1}
    data = canonical(record)
    assert data == rfc8785.dumps(record)
    assert canon(record) == data
    assert parse("sample.json", data) == record


def test_keys_are_sorted_and_nothing_is_spaced():
    assert canonical({"v": 1, "type": "x", "a": [True, None, "议"]}) == (
        '{"a":[true,null,"议"],"type":"x","v":1}'.encode()
    )


@pytest.mark.parametrize(
    "content",
    [
        {"area": 1.5},
        {"area": float("nan")},
        {"area": 2**53},
        {"a": {"b": [0.0]}},
        {"面积": 1},
        {"a\n": 1},
        {1: "a"},
        {"a": b"bytes"},
        {"a": ("tuple",)},
        {"a": "\ud800"},
    ],
)
def test_record_with_anything_ambiguous_is_refused(content):
    with pytest.raises(EvidenceError):
        canonical({"type": "x", "v": 1, **content})


@pytest.mark.parametrize("record", [{}, {"type": "x"}, {"v": 1}, {"type": 1, "v": 1},
                                    {"type": "x", "v": True}, {"type": "x", "v": "1"}])  # fmt: skip
def test_record_without_type_or_version_is_refused(record):
    with pytest.raises(EvidenceError):
        canonical(record)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}',
        '{"b":1,"a":2}',
        '{"a":1,"a":1}',
        '{"a":1.0}',
        '{"a":NaN}',
        '{"a":"\\u8bae"}',
        '{"a":1}\n',
        "[1]",
    ],
)
def test_verifier_refuses_every_other_byte_form(text):
    with pytest.raises(ProblemError):
        parse("sample.json", text.encode())


def test_sm3_gives_the_published_value_with_either_library():
    expected = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert digest(b"abc", "sm3") == f"sm3:{expected}"
    assert module._sm3_cryptography(b"abc").hex() == expected


def test_digests_carry_their_algorithm():
    assert digests(b"abc")[0] == "sha256:" + hashlib.sha256(b"abc").hexdigest()
    assert [text.split(":")[0] for text in digests(b"")] == ["sha256", "sm3"]
