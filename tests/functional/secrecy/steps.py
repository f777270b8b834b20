"""A secret vote, and what its storage would tell of its ballots."""

import base64

from ZODB.FileStorage import FileStorage

from content_types.meeting.packages import package
from portal import content
from portal.evidence.canonical import canonical
from portal.evidence.promise import leaf_digests
from tests.functional.assembly import OPENS, Assembly, meeting_of

MOTIONS = ({"title": "续聘物业服务企业", "matter": "service_company"},)
VOTERS = ("bo", "dora", "eve", "gao")
MARKS = {"bo": "for", "dora": "for", "eve": "against", "gao": "for"}
LEVELS = ("P0", "P1", "P2")


class SecretVote(Assembly):
    """A meeting in which nobody shall learn who voted how."""

    def __init__(self, site, moved_clock):
        super().__init__(site, moved_clock, "generic", MOTIONS)
        site.run(self.choose)
        self.notice()
        self.give_roster()
        self.until(OPENS)

    @staticmethod
    def choose(request):
        content.edit(meeting_of(request), request, {"ballot_mode": "secret"})

    def cast_all(self):
        for name in VOTERS:
            self.clock.forward(seconds=40)
            self.cast(name, m1=[MARKS[name]])
            self.site.drain()

    def packages(self):
        def make(request):
            meeting = meeting_of(request)
            return [package(meeting, level, request.registry) for level in LEVELS]

        return self.site.run(make)

    def job(self, function):
        return self.site.run(lambda request: function(request, content.oid(meeting_of(request))))


def traces(box):
    """Return for every ballot in the log what would tell it from others."""
    found = []
    for ballot in box.mixed:
        envelope = box._mixed_envelope(ballot)
        leaf = leaf_digests(canonical(envelope))
        sealed = base64.b64decode(envelope["sealed"])
        raw = [ballot[:16], bytes.fromhex(envelope["commitment"]), sealed[:32], sealed[-32:]]
        raw += [bytes.fromhex(one) for one in leaf.values()]
        found.append(raw + [one.hex().encode() for one in raw])
    return found


def transactions(path):
    """Return id and bytes of every transaction a storage file holds, old ones as well."""
    storage = FileStorage(str(path), read_only=True)
    try:
        return [(one.tid, b"".join(part.data or b"" for part in one)) for one in storage.iterator()]
    finally:
        storage.close()


def faults(request):
    """Return what the checks of the site find."""
    checks = request.registry.integrity_checks
    return {(name, found) for check in checks for name, found in check(request) if found}


def open_secretly(assembly):
    """Open a vote of any place as a secret one."""
    assembly.notice()
    assembly.site.run(lambda request: setattr(meeting_of(request), "ballot_mode", "secret"))
    assembly.until(OPENS)
    return assembly
