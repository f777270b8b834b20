"""The folder of messages gives out whole messages only."""

import threading
from queue import Empty

import pytest
from kombu import Connection

from portal import file_queue

MESSAGES = 400


@pytest.fixture
def connect(tmp_path):
    folders = ("data_folder_in", "data_folder_out")
    options = dict.fromkeys(folders, str(tmp_path / "messages"))
    options |= {"control_folder": str(tmp_path / "control"), "store_processed": False}
    for name in ("messages", "control"):
        (tmp_path / name).mkdir()
    opened = []

    def open_one():
        connection = Connection(f"{file_queue.SCHEME}://", transport_options=options)
        opened.append(connection)
        # Kombu remembers the queues of a process by name, whatever their folder.
        return connection.SimpleQueue(tmp_path.name)

    yield open_one
    for connection in opened:
        connection.release()


def test_reader_beside_a_writer_takes_every_message_whole(connect):
    writer, reader, found = connect(), connect(), []

    def read():
        while len(found) < MESSAGES:
            message = reader.get(block=True, timeout=20)
            found.append(message.payload["number"])
            message.ack()

    thread = threading.Thread(target=read)
    thread.start()
    for number in range(MESSAGES):
        writer.put({"number": number, "text": "满" * 200})
    thread.join(60)
    assert sorted(found) == list(range(MESSAGES))


@pytest.mark.parametrize("cut", [b"", b'{"body": "x'])
def test_message_that_was_cut_off_is_passed_over(connect, tmp_path, cut):
    queue = connect()
    (tmp_path / "messages" / f"1_a.{tmp_path.name}.msg").write_bytes(cut)
    with pytest.raises(Empty):
        queue.get(block=False)
    queue.put({"number": 1})
    assert queue.get(block=True, timeout=20).payload == {"number": 1}


def test_message_that_is_still_being_written_is_left_alone(connect, tmp_path):
    queue = connect()
    part = tmp_path / "messages" / f"1_a.{tmp_path.name}.msg.part"
    part.write_bytes(b"{")
    with pytest.raises(Empty):
        queue.get(block=False)
    assert part.exists()
