"""Writing together (组提交): what several requests ask for at once becomes one commit, one sync.

One thread of each process takes the acts that wait, carries them out in one transaction on a
connection of its own and answers after the commit. Between processes nothing changes: whoever
meets another writer in an object is refused by the database and carried out again.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

from transaction.interfaces import TransientError

from portal import jobs

# So many acts share one commit at most, so that none of them waits for long.
MOST = 64

Act = Callable[[Any], Any]


class Order:
    """One act that somebody waits for."""

    __slots__ = ("_answered", "account_id", "act", "error", "value")

    def __init__(self, act: Act, account_id: str) -> None:
        self.act, self.account_id = act, account_id
        self.value: Any = None
        self.error: BaseException | None = None
        self._answered = threading.Lock()
        self._answered.acquire()

    def perform(self, request: Any) -> None:
        """Carry the act out as its account."""
        request.account_id = self.account_id
        request.account = request.site.accounts.get(self.account_id)
        self.value = self.act(request)

    def answer(self, error: BaseException | None = None) -> None:
        """Let the waiting thread go on."""
        self.error = error
        self._answered.release()

    def wait(self) -> Any:
        """Return the value of the act once it is on the disk; raises what refused it."""
        self._answered.acquire()
        if self.error is not None:
            raise self.error
        return self.value


class GroupCommit:
    """The writer of one process; `do` may be called by any number of threads.

    Its thread ends when nobody needed it for ``idle`` seconds; the next act starts another.
    """

    def __init__(self, registry: Any, idle: float = 5.0) -> None:
        self._registry, self._idle = registry, idle
        self._waiting: queue.SimpleQueue[Order] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def do(self, act: Act, account_id: str = "") -> Any:
        """Carry out ``act(request)`` and return its value after the commit.

        The act runs in another thread: it must take its objects from ``request.site``, must
        not keep any of them, and reads ``request.account`` as the account of ``account_id``.
        All it writes is committed whole or not at all. It may be run more than once. What it
        raises is raised here and keeps nothing; acts beside it do not notice.
        """
        order = Order(act, account_id)
        self._waiting.put(order)
        if not self._is_at_work():
            self._start()
        return order.wait()

    def _is_at_work(self) -> bool:
        thread = self._thread
        # A process that was forked has the object, but not the thread.
        return thread is not None and thread.is_alive()

    def _start(self) -> None:
        with self._starting:
            if not self._is_at_work():
                self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            try:
                orders = [self._waiting.get(timeout=self._idle)]
            except queue.Empty:
                with self._starting:
                    # First say so, then look: who puts an act in later finds nobody at work.
                    self._thread = None
                    if self._waiting.empty():
                        return
                    self._thread = threading.current_thread()
                continue
            while len(orders) < MOST and not self._waiting.empty():
                orders.append(self._waiting.get())
            self._carry_out(orders)

    def _carry_out(self, orders: list[Order]) -> None:
        """Commit all orders together; who is refused is left out, the others run again.

        Nobody is answered before the commit: a refusal may rest on what another order wrote.
        """
        waiting = list(orders)
        while waiting:
            current = None
            try:
                with jobs.environment(self._registry) as request:
                    for current in waiting:
                        current.perform(request)
                    current = None
                    request.tm.commit()
            except Exception as error:  # noqa: BLE001 - it is raised again where it belongs.
                if current is None or isinstance(error, TransientError):
                    self._one_by_one(orders)
                    return
                current.error = error
                place = orders.index(current) + 1
                # Who was refused after it may have been refused because of it.
                for later in orders[place:]:
                    later.error = None
                waiting = [order for order in orders if order.error is None]
            else:
                break
        for order in orders:
            order.answer(order.error)

    def _one_by_one(self, orders: list[Order]) -> None:
        """Commit each order by itself, so that one in conflict holds up no other."""
        for order in orders:
            try:
                jobs.transact(self._registry, order.perform)
            except Exception as error:  # noqa: BLE001 - as above.
                order.answer(error)
            else:
                order.answer()


def includeme(config: Any) -> None:
    """Give the site its writer."""
    config.registry.group_commit = GroupCommit(config.registry)
