"""Kill a working process again and again: ``python -m tests.crash.outbox_rounds FOLDER ROUNDS``.

Each round a forked child promises jobs, with an audit entry each, while two threads run them; it
is killed with SIGKILL at a random moment. What was acknowledged stands in FOLDER/acknowledged.
"""

import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

from BTrees.IOBTree import IOBTree

from portal import audit, jobs, outbox
from tests.unit.site_helper import close, make_registry

PER_ROUND = 1_000_000


@outbox.job("test.count")
def count(request, number):
    counts = request.root["counts"]
    counts[number] = counts.get(number, 0) + 1


def open_site(folder):
    registry = make_registry(folder)

    def prepare(request):
        if "counts" not in request.root:
            request.root["counts"] = IOBTree()

    jobs.transact(registry, prepare)
    return registry


def work(folder, first):
    registry = open_site(folder)

    def run():
        while True:
            jobs.relay(registry, at_once=True)
            for record in jobs.transact(registry, lambda r: r.site.outbox.pending()[:3]):
                jobs.run_job(registry, record.id)

    for _ in range(2):
        threading.Thread(target=run, daemon=True).start()
    acknowledged = os.open(folder / "acknowledged", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for number in range(first, first + PER_ROUND):

        def promise(request, number=number):
            request.site.outbox.put("test.count", {"number": number})
            audit.record(request, "test.promise", number=number)

        jobs.transact(registry, promise)
        os.write(acknowledged, f"{number}\n".encode())


def main(folder, rounds):
    chance = random.Random(rounds)
    close(open_site(folder))
    for number in range(rounds):
        child = os.fork()
        if child == 0:
            work(folder, number * PER_ROUND)
            os._exit(1)
        time.sleep(chance.uniform(0.15, 0.6))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
