"""Device messages: what is accepted and what is refused with which reason."""

import json
import re
from pathlib import Path

import pytest
import yaml

from yitang_facilities import message, pipeline
from yitang_facilities.message import MalformedMessageError, Reading, Topic

WHOLE = {"s": 7, "ts": 1_790_000_000_000, "v": {"level": 2.5, "running": True}, "q": 1}


def test_topic_names_community_device_and_channel():
    assert message.parse_topic("c/hupan/d/d-1/t") == Topic("hupan", "d-1", "t")


@pytest.mark.parametrize(
    "topic", ["", "c/hupan/d/d-1", "c/hupan/d/d-1/x", "c//d/d-1/t", "c/a/d/../t", "c/a/d/A/t\n"]
)
def test_other_topics_are_refused(topic):
    with pytest.raises(MalformedMessageError, match="topic"):
        message.parse_topic(topic)


def test_reading_keeps_sequence_time_values_and_quality():
    reading = message.parse_reading(json.dumps(WHOLE).encode())
    assert reading == Reading(7, 1_790_000_000_000, (("level", 2.5), ("running", 1.0)), 1)


def test_encoded_reading_is_read_back():
    payload = message.encode_reading(7, 1_790_000_000_000, {"level": 2.5}, 1)
    assert message.parse_reading(payload).values == (("level", 2.5),)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"s": -1}, "sequence"),
        ({"s": True}, "sequence"),
        ({"s": 2**60}, "sequence"),
        ({"ts": "now"}, "time"),
        ({"q": 3}, "quality"),
        ({"v": {}}, "values"),
        ({"v": [1]}, "values"),
        ({"v": {"Level": 1}}, "point"),
        ({"v": {"level": "1"}}, "value"),
        ({"v": {"level": None}}, "value"),
        ({"v": {"level": 10**400}}, "value"),
        ({"v": {f"p{n}": 1 for n in range(201)}}, "values"),
    ],
)
def test_wrong_field_is_refused_with_its_name(change, reason):
    with pytest.raises(MalformedMessageError, match=f"^{reason}$"):
        message.parse_reading(json.dumps(WHOLE | change).encode())


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "json"),
        (b"\xff\xfe", "json"),
        (b"[1]", "json"),
        (b"[" * 5000, "json"),
        (b'{"s":1,"ts":1,"v":{"a":NaN}}', "value"),
        (b'{"s":1,"ts":1,"v":{"a":1e999}}', "value"),
        (b" " * 9000, "size"),
    ],
)
def test_broken_payload_is_refused(payload, reason):
    with pytest.raises(MalformedMessageError, match=f"^{reason}$"):
        message.parse_reading(payload)


def test_state_is_online_or_offline():
    assert message.parse_state(b'{"state":"online"}') == "online"
    with pytest.raises(MalformedMessageError, match="state"):
        message.parse_state(b'{"state":"asleep"}')


def test_time_is_accepted_up_to_both_edges():
    now = 1_790_000_000_000
    ahead, age = message.MAX_AHEAD_MS, message.MAX_AGE_MS
    assert message.time_fault(now + ahead, now) is None
    assert message.time_fault(now + ahead + 1, now) == "future"
    assert message.time_fault(now - age, now) is None
    assert message.time_fault(now - age - 1, now) == "too_old"


def test_every_reason_has_a_text_in_both_languages():
    """A reason is said to people, so none may be missing from the messages."""
    here = Path(message.__file__).parent
    reasons = set(
        re.findall(r'MalformedMessageError\("([a-z_]+)"\)', (here / "message.py").read_text())
    )
    reasons |= {"quality", "sequence", "time", "future", "too_old"}
    reasons |= {pipeline.UNKNOWN, pipeline.RETIRED, pipeline.UNKNOWN_POINT}
    texts = yaml.safe_load((here / "locale" / "facilities.yaml").read_text("utf-8"))
    assert {reason for reason in reasons if f"device.refused.{reason}" not in texts} == set()
