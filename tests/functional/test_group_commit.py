"""Acts of several threads in one commit: who shares it, who is refused, who meets a rival."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from persistent.mapping import PersistentMapping

from portal import jobs
from portal.errors import PortalError
from portal.group_commit import GroupCommit
from tests.site_process import wait_until

WAIT = 20


class Shelf:
    """Persistent objects of a site to write into, and a way to let acts pile up."""

    names = tuple("abcdef")

    def __init__(self, site):
        self.site, self.group = site, site.registry.group_commit
        site.run(lambda request: [self.place(request, name) for name in self.names])

    @staticmethod
    def place(request, name):
        root = request.site._p_jar.root()
        return root.setdefault(f"shelf-{name}", PersistentMapping())

    def put(self, name, value=1):
        """Return an act that writes into one object."""
        return lambda request: self.place(request, name).update(value=value)

    def look(self):
        """Return what stands on the shelf, and the transaction each object was written by."""

        def read(request):
            found = {name: self.place(request, name) for name in self.names}
            values = {name: one["value"] for name, one in found.items() if "value" in one}
            return values, {name: found[name]._p_serial for name in values}

        return self.site.run(read)

    def together(self, *acts):
        """Let acts wait behind a first one, then go; return their values or errors."""
        busy, go = threading.Event(), threading.Event()

        def first(request):
            busy.set()
            assert go.wait(WAIT)

        def do(act):
            try:
                return self.group.do(act)
            except Exception as error:  # noqa: BLE001 - the test looks at it.
                return error

        with ThreadPoolExecutor(len(acts) + 1) as pool:
            pool.submit(do, first)
            assert busy.wait(WAIT)
            answers = [pool.submit(do, act) for act in acts]
            wait_until(lambda: self.group._waiting.qsize() == len(acts), "all acts wait", WAIT)
            go.set()
            return [answer.result(WAIT) for answer in answers]


@pytest.fixture
def shelf(site):
    return Shelf(site)


def test_acts_that_wait_together_share_one_commit(shelf):
    shelf.together(shelf.put("a"), shelf.put("b"), shelf.put("c"))
    values, serials = shelf.look()
    assert values == {"a": 1, "b": 1, "c": 1}
    assert len(set(serials.values())) == 1


def test_act_is_on_the_disk_when_it_is_answered(shelf):
    assert shelf.group.do(lambda request: shelf.put("a", 7)(request) or "done") == "done"
    assert shelf.look()[0] == {"a": 7}


def test_refused_act_keeps_nothing_and_its_neighbours_do_not_notice(shelf):
    def refused(request):
        shelf.put("b")(request)
        raise PortalError("error.not_found", clause="SZ-16")

    answers = shelf.together(shelf.put("a"), refused, shelf.put("c"))
    assert answers[0] is None
    assert answers[2] is None
    assert isinstance(answers[1], PortalError)
    assert answers[1].clause == "SZ-16"
    values, serials = shelf.look()
    assert values == {"a": 1, "c": 1}
    assert serials["a"] == serials["c"]


def test_second_of_two_in_one_commit_sees_what_the_first_wrote(shelf):
    def only_first(request):
        place = shelf.place(request, "a")
        if place.get("value"):
            raise PortalError("error.not_found")
        place["value"] = 1

    answers = shelf.together(only_first, only_first)
    assert sorted(answer is None for answer in answers) == [False, True]


class Gate:
    """Acts that may write first only, or as long as nobody has shut the gate."""

    def __init__(self, shelf):
        self.shelf, self.tries = shelf, 0

    def only_first(self, who):
        """Return an act that is refused when another has written before."""

        def act(request):
            place = self.shelf.place(request, "a")
            if place.get("value"):
                raise PortalError("error.taken")
            place["value"] = who

        return act

    def shut_meanwhile(self, shut):
        """Return an act like it that calls ``shut`` once and is refused behind the gate."""

        def act(request):
            self.tries += 1
            gate = self.shelf.place(request, "b")
            if gate.get("value") or self.tries > 2:
                raise PortalError("error.shut")
            self.only_first("early")(request)
            request.site._p_jar.readCurrent(gate)
            if self.tries == 1:
                shut()

        return act


def test_refusal_that_rests_on_an_act_whose_commit_failed_is_judged_again(shelf):
    gate = Gate(shelf)

    def shut():
        rival = threading.Thread(
            target=lambda: jobs.transact(shelf.site.registry, shelf.put("b", "shut"))
        )
        rival.start()
        rival.join(WAIT)

    early, late, beside = shelf.together(
        gate.shut_meanwhile(shut), gate.only_first("late"), shelf.put("c")
    )
    assert early.message_id == "error.shut"
    assert (late, beside) == (None, None)
    assert shelf.look()[0] == {"a": "late", "b": "shut", "c": 1}


def test_refusal_that_rests_on_an_act_that_is_refused_later_is_judged_again(shelf):
    def refused(request):
        raise PortalError("error.not_found")

    gate = Gate(shelf)
    early, late, _ = shelf.together(
        gate.shut_meanwhile(lambda: None), gate.only_first("late"), refused
    )
    assert early.message_id == "error.shut"
    assert late is None
    assert shelf.look()[0] == {"a": "late"}


def test_act_in_conflict_runs_again_and_holds_up_nobody(shelf):
    tries = []

    def meets_rival(request):
        place = shelf.place(request, "b")
        tries.append(place.get("value"))
        if len(tries) == 1:
            rival = threading.Thread(
                target=lambda: jobs.transact(shelf.site.registry, shelf.put("b", "rival"))
            )
            rival.start()
            rival.join(WAIT)
        place["value"] = "ours"

    answers = shelf.together(shelf.put("a"), meets_rival, shelf.put("c"))
    assert answers == [None, None, None]
    assert tries == [None, "rival"]
    assert shelf.look()[0] == {"a": 1, "b": "ours", "c": 1}


def test_each_act_runs_as_who_asked_for_it(shelf):
    site = shelf.site
    ids = [site.make_account(name) for name in ("one", "two")]
    busy, go = threading.Event(), threading.Event()

    def first(request):
        busy.set()
        assert go.wait(WAIT)
        return request.account

    def who(request):
        return request.account_id, request.account.id

    with ThreadPoolExecutor(3) as pool:
        nobody = pool.submit(shelf.group.do, first)
        assert busy.wait(WAIT)
        asked = [pool.submit(shelf.group.do, who, account_id) for account_id in ids]
        wait_until(lambda: shelf.group._waiting.qsize() == 2, "both wait", WAIT)
        go.set()
        assert [one.result(WAIT) for one in asked] == [(one, one) for one in ids]
        assert nobody.result(WAIT) is None


def test_thread_ends_when_idle_and_the_next_act_starts_another(shelf):
    shelf.group = GroupCommit(shelf.site.registry, idle=0.01)
    for value in range(3):
        shelf.group.do(shelf.put("a", value))
        assert shelf.look()[0] == {"a": value}
        wait_until(lambda: shelf.group._thread is None, "the thread ends", WAIT)


def test_nothing_is_lost_among_many_threads_that_come_and_go(shelf):
    shelf.group = GroupCommit(shelf.site.registry, idle=0.001)

    def count(name):
        def act(request):
            place = shelf.place(request, name)
            place["value"] = place.get("value", 0) + 1

        for _ in range(20):
            shelf.group.do(act)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(count, "aabbcd"))
    assert shelf.look()[0] == {"a": 40, "b": 40, "c": 20, "d": 20}
