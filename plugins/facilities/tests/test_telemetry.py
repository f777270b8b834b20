"""Telemetry store: segments, curves, ledger."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yitang_facilities import ledger, segments
from yitang_facilities.readings import DAY_MS, Readings
from yitang_facilities.segments import HOUR_MS, Sample
from yitang_facilities.telemetry import TelemetryReader, TelemetryStore, save_last

DAY = 20_000 * DAY_MS
VALUES = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**6), 10**6).map(
    lambda number: number / 100
)


@given(st.dictionaries(st.integers(0, 2**53), st.tuples(VALUES, st.integers(0, 2)), min_size=1))
def test_segment_gives_back_every_sample_exactly(points):
    samples = [Sample(ts, *points[ts]) for ts in sorted(points)]
    assert segments.decode(segments.encode(samples)) == samples


def test_segment_of_a_slow_sensor_takes_few_bytes():
    source, level, samples = random.Random(1), 240, []
    for second in range(0, 3600, 5):
        level += source.choice((-1, 0, 0, 1))
        samples.append(Sample(DAY + second * 1000 + source.randrange(5), level / 100, 0))
    assert len(segments.encode(samples)) / len(samples) < 4


def test_downsampled_curve_keeps_every_peak():
    samples = [Sample(ts, 1.0, 0) for ts in range(100_000)]
    samples[54_321] = Sample(54_321, 9.0, 0)
    samples[77_777] = Sample(77_777, -9.0, 0)
    thin = segments.downsample(samples, 200)
    assert len(thin) <= 200
    assert samples[54_321] in thin
    assert samples[77_777] in thin
    assert thin == sorted(thin)


def test_reading_sent_twice_is_stored_once(tmp_path):
    readings = Readings(tmp_path)
    assert readings.write("hupan", [(DAY, 1, 1.0, 0), (DAY, 2, 2.0, 0)]) == 2
    assert readings.write("hupan", [(DAY, 1, 9.0, 0), (DAY + 1, 1, 1.5, 0)]) == 1
    assert readings.curve("hupan", 1, DAY, DAY + 10) == [
        Sample(DAY, 1.0, 0),
        Sample(DAY + 1, 1.5, 0),
    ]
    readings.close()


def test_curve_is_the_same_before_and_after_packing_and_across_midnight(tmp_path):
    readings = Readings(tmp_path)
    rows = [(DAY - HOUR_MS + step * 1000, 1, step / 100, 0) for step in range(7200)]
    readings.write("hupan", rows + [(ts, 2, -value, 1) for ts, _, value, _ in rows])
    before = readings.curve("hupan", 1, DAY - HOUR_MS, DAY + HOUR_MS, 10_000)
    assert readings.compact("hupan", DAY + HOUR_MS) == 14_400
    assert readings.curve("hupan", 1, DAY - HOUR_MS, DAY + HOUR_MS, 10_000) == before
    assert len(before) == 7200
    assert readings.curve("hupan", 1, DAY, DAY + 1000) == [before[3600]]
    readings.close()


def test_reading_later_than_packing_joins_its_hour_and_changes_nothing_stored(tmp_path):
    readings = Readings(tmp_path)
    readings.write("hupan", [(DAY, 1, 1.0, 0)])
    readings.compact("hupan", DAY + HOUR_MS)
    readings.write("hupan", [(DAY, 1, 9.0, 0), (DAY + 5, 1, 2.0, 0)])
    wanted = [Sample(DAY, 1.0, 0), Sample(DAY + 5, 2.0, 0)]
    assert readings.curve("hupan", 1, DAY, DAY + 10) == wanted
    readings.compact("hupan", DAY + HOUR_MS)
    assert readings.curve("hupan", 1, DAY, DAY + 10) == wanted
    readings.close()


def test_unfinished_hour_is_not_packed(tmp_path):
    readings = Readings(tmp_path)
    readings.write("hupan", [(DAY, 1, 1.0, 0), (DAY + HOUR_MS, 1, 1.0, 0)])
    assert readings.compact("hupan", DAY + 2 * HOUR_MS - 1) == 1
    readings.close()


@pytest.mark.clause("PM-6.3-f")
def test_retention_drops_whole_days_and_no_other(tmp_path):
    readings = Readings(tmp_path)
    readings.write("hupan", [(DAY + day * DAY_MS, 1, 1.0, 0) for day in range(3)])
    names = sorted(path.stem for path in (tmp_path / "hupan").glob("*.sqlite"))
    assert readings.drop_before("hupan", names[2]) == names[:2]
    assert readings.curve("hupan", 1, DAY, DAY + 3 * DAY_MS) == [Sample(DAY + 2 * DAY_MS, 1.0, 0)]
    readings.close()


def test_last_value_is_the_newest_by_its_own_time(tmp_path):
    store = TelemetryStore(tmp_path)
    store.create_series([("hupan", "d-1", "level")])
    number = store.series["hupan", "d-1", "level"]
    with store.transaction() as state:
        save_last(state, [(20, number, 2.0, 0), (10, number, 1.0, 0)], 99, "mqtt")
    last = TelemetryReader(tmp_path).last("hupan", "d-1")["level"]
    assert (last.ts, last.value, last.ingested_at, last.source) == (20, 2.0, 99, "mqtt")
    store.close()


def test_reader_of_a_site_without_readings_answers_empty(tmp_path):
    reader = TelemetryReader(tmp_path)
    assert reader.last("hupan", "d-1") == {}
    assert reader.curve(("hupan", "d-1", "level"), 0, 10) == []
    assert reader.presence("d-1") is None
    assert reader.account("d-1") is None
    assert reader.transitions() == []


def note_all(numbers, account=None):
    for seq, ts in numbers:
        account = ledger.note(account, seq, ts)
    return account


def test_skipped_numbers_become_a_gap():
    account = note_all([(5, 5), (6, 6), (9, 9)])
    assert account.gaps == [(0, 7, 8)]
    assert (account.received, account.missing, account.duplicates) == (3, 2, 0)


def test_late_message_closes_its_part_of_the_gap():
    account = note_all([(0, 1), (9, 10), (5, 6)])
    assert account.gaps == [(0, 1, 4), (0, 6, 8)]
    assert account.missing == 7


def test_repeated_message_is_a_duplicate():
    account = note_all([(0, 1), (1, 2), (1, 2), (0, 1)])
    assert (account.received, account.duplicates, account.missing) == (2, 2, 0)


def test_restart_of_a_device_opens_a_new_epoch_without_a_gap():
    account = note_all([(0, 1), (1, 2), (2, 3), (0, 100), (1, 101)])
    assert (account.epoch, account.received, account.missing) == (1, 5, 0)


def test_restart_whose_first_messages_are_lost_shows_them_as_a_gap():
    account = note_all([(0, 1), (1, 2), (2, 3), (2, 100), (0, 98)])
    assert account.gaps == [(1, 0, 1)]
    account = note_all([(1, 101), (3, 102)], account)
    assert (account.epoch, account.last_seq) == (2, 3)


def test_message_from_before_the_restart_fills_the_old_gap():
    account = note_all([(0, 1), (3, 4), (0, 100), (2, 3)])
    assert account.gaps == [(0, 1, 1)]
    assert account.last_seq == 0


@given(st.permutations(range(1, 30)), st.data())
def test_every_number_is_received_or_missing_exactly_once(order, data):
    lost = data.draw(st.sets(st.sampled_from(range(1, 30))))
    arrived = [0, *[number for number in order if number not in lost]]
    account = note_all([(number, 1000 + number) for number in arrived])
    missing = {n for _, first, last in account.gaps for n in range(first, last + 1)}
    assert missing == {number for number in lost if number < max(arrived)}
    assert account.received == len(arrived)


def test_ledger_is_stored_and_loaded_whole(tmp_path):
    store = TelemetryStore(tmp_path)
    account = note_all([(0, 1), (4, 5), (4, 5)])
    with store.transaction() as state:
        ledger.save(state, {"d-1": account})
    assert store.account("d-1") == account
    assert store.open_gaps() == [("d-1", 1, 3)]
    store.close()
