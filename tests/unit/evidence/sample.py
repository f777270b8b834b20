"""A small meeting played from settings to package, with the real rules and the real log."""

import json
import tempfile
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificates
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from portal.evidence import records
from portal.evidence.canonical import canonical, canonical_value
from portal.evidence.keys import Ed25519Signer, public_record
from portal.evidence.log import MerkleLog
from portal.evidence.meeting_keys import CertifiedSigner, certify
from portal.evidence.package import Document, build_package, log_content
from portal.evidence.promise import promise
from portal.evidence.publication import (
    CountedBallot,
    ballot_rows,
    bucket_table,
    owners_part,
    participation_list,
)
from portal.evidence.seal import (
    kept_key,
    open_ballot,
    opener,
    releases_record,
    seal_ballot,
    server_sealing,
)
from portal.evidence.stamps import Stamp, stamps_record
from portal.evidence.verifier.container import read_archive, write_archive
from portal.rules.decision import decide, select_rule
from portal.rules.election import rank_candidates
from portal.rules.heads import Measure
from portal.rules.profile_files import digest, load_profile
from portal.rules.strict import as_plain
from portal.rules.tally import Ballot, MotionSpec, count
from tests.authority import Authority

OPENS = datetime(2026, 6, 20, 1, 0, tzinfo=UTC)
CLOSES = datetime(2026, 7, 5, 16, 0, tzinfo=UTC)
PROFILE = load_profile(Path("workflows/profiles/shenzhen-draft-2019.yaml"))
KEK = bytes(range(32))
SPECS = (
    MotionSpec("motion-2026-001", "single", ("for", "against", "abstain"), 1),
    MotionSpec("motion-2026-002", "single", ("for", "against", "abstain"), 1),
    MotionSpec("motion-2026-003", "competitive", ("c1", "c2", "c3", "c4"), 3),
)
TITLES = ("修订管理规约", "筹集专项维修资金", "选举业主委员会委员")
LABELS = (
    ("赞成", "反对", "弃权"),
    ("赞成", "反对", "弃权"),
    ("张三", "李四", "王五", "赵六"),
)
MATTERS = ("covenant", "maintenance_fund_raise", "committee_election")


def plain_signer(seed):
    return Ed25519Signer(Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


# The long-term key of the site, printed on notices.
SITE = plain_signer(200)


def signer(seed=1, *, meeting="meeting-2026-001", by=SITE, since=OPENS):
    """Return the signer of a meeting's key, certified by the long-term key."""
    key = plain_signer(seed)
    return CertifiedSigner(key, certify(by, meeting, key, since))


class Meeting:
    """Everything that exists after a meeting of ``units`` units with ``cast`` ballots.

    Areas grow by ``step`` from unit to unit. A class of its own may have a longer agenda.
    """

    specs, titles, labels, matters = SPECS, TITLES, LABELS, MATTERS
    # In each so many units one owner holds two; 0 for an owner of each unit.
    two_units_every = 10

    def __init__(self, units=40, cast=32, early_records=(), *, step=7):
        self.signer = signer()
        self.public = public_record(self.signer)
        self.log = MerkleLog("meeting-2026-001")
        profile_digest = digest(PROFILE)
        self.profile_digest = f"sha256:{profile_digest}"
        every = self.two_units_every
        heads = [f"head-{n - (every > 0 and n % every == 1):04d}" for n in range(units)]
        self.roll = [
            records.roll_entry(
                f"u{number:05d}", heads[number], 8000 + number * step, f"{number:032x}"
            )
            for number in range(units)
        ]
        self.make_keys()
        rules = [select_rule(PROFILE, matter, date(2026, 6, 1)) for matter in self.matters]
        self.rules = rules
        self.settings = records.settings_record(
            "meeting-2026-001",
            community="翠湖花园",
            title="2026年第一次业主大会会议",
            opens_at=OPENS,
            closes_at=CLOSES,
            profile={
                "id": PROFILE.id,
                "version": PROFILE.version,
                "digest": self.profile_digest,
            },
            sealing=self.sealing,
            motions=[
                records.motion_settings(
                    spec, title, labels, rule, seats=2 if spec.mode == "competitive" else 0
                )
                for spec, title, labels, rule in zip(
                    self.specs, self.titles, self.labels, rules, strict=True
                )
            ],
            notices=[
                records.notice(
                    "notice-1", "会议公告", "announcement", OPENS - timedelta(days=16), b"text"
                )
            ],
            deadlines=[
                records.deadline(
                    "publication",
                    "SZ-12.3",
                    "not_after",
                    OPENS - timedelta(days=15),
                    OPENS - timedelta(days=16),
                )
            ],
        )
        self.commitment = records.roll_commitment("meeting-2026-001", self.roll)
        for record in (self.settings, self.commitment, *early_records):
            self.log.append(canonical(record))
        self.log.head(self.signer, OPENS)
        self.envelopes, self.promises, self.indexes = [], [], []
        self.cast_all(cast)
        self.finish()

    def cast_all(self, limit):
        by_head = {}
        for entry in self.roll:
            by_head.setdefault(entry["head"], []).append(entry["unit"])
        for number, units in enumerate(list(by_head.values())[:limit]):
            choices = {
                "motion-2026-001": ["against" if number % 5 == 0 else "for"],
                "motion-2026-003": ["c1", "c2"] if number % 3 else ["c1", "c3"],
            }
            if number % 4:
                choices["motion-2026-002"] = ["for"]
            choices |= {spec.key: ["for"] for spec in self.specs[len(SPECS) :]}
            moment = OPENS + timedelta(minutes=number)
            envelope = self.seal(units, choices)
            self.promises.append(promise(self.signer, self.log.log_id, canonical(envelope), moment))
            self.envelopes.append(envelope)
            self.indexes.append(self.log.append(canonical(envelope), keep=False))
            if number % 8 == 0:
                self.log.head(self.signer, moment)

    def seal(self, units, choices, **more):
        return seal_ballot(
            "meeting-2026-001", self.sealing, self.profile_digest, units, choices, **more
        )

    def make_keys(self):
        self.sealing, self.sealed_key = server_sealing("meeting-2026-001", KEK)

    def released(self):
        keys = [kept_key("meeting-2026-001", self.sealed_key, KEK)]
        return releases_record("meeting-2026-001", keys)

    def finish(self):
        self.release = self.released()
        with_ = opener(self.sealing, self.release)
        self.openings = [
            open_ballot(envelope, with_, self.profile_digest) for envelope in self.envelopes
        ]
        self.log.append(canonical(records.keys_released("meeting-2026-001", self.release)))
        areas = {entry["unit"]: entry["area"] for entry in self.roll}
        tally = count(
            self.specs,
            [
                Ballot(
                    1,
                    sum(areas[unit] for unit in ballot["units"]),
                    ballot["channel"],
                    tuple(tuple(ballot["choices"].get(spec.key, ())) for spec in self.specs),
                )
                for ballot in self.openings
            ],
        )
        totals = Measure(self.commitment["heads"], self.commitment["area"])
        motions = []
        for spec, rule, motion in zip(self.specs, self.rules, tally.motions, strict=True):
            if spec.mode == "competitive":
                standings = rank_candidates(
                    motion,
                    2,
                    rule,
                    totals=totals,
                    participation=tally.counted,
                    order=("heads", "area"),
                )
                motions.append(records.motion_result(motion, standings=standings))
            else:
                verdict = decide(rule, totals, tally.counted, motion.votes("for"))
                motions.append(records.motion_result(motion, verdict))
        self.result = records.result_record(
            "meeting-2026-001",
            version=1,
            counted_at=CLOSES + timedelta(minutes=1),
            totals=totals,
            participation=tally.counted,
            channels=[
                records.channel(name, len(self.openings), len(self.openings), votes)
                for name, votes in tally.by_channel.items()
            ],
            motions=motions,
        )
        self.log.append(canonical(self.result))
        self.head = self.log.head(self.signer, CLOSES + timedelta(minutes=2))

    def content(self, *, full=True):
        content = {
            "meeting": "meeting-2026-001",
            "log": log_content(self.log),
            "keys": [self.public],
            "profile": canonical_value(as_plain(PROFILE)),
        }
        if full:
            content["full"] = {
                "envelopes": self.envelopes,
                "openings": self.openings,
                "release": self.release,
                "roll": self.roll,
                "units": records.unit_results(self.roll, self.openings),
            }
        return content

    def counted(self):
        """Return the ballots as the publication sees them; the building is the hundred."""
        areas = {entry["unit"]: entry["area"] for entry in self.roll}
        return [
            CountedBallot(ballot["nonce"], sum(areas[unit] for unit in ballot["units"]),
                          ballot["units"][0][:4], ballot["choices"])
            for ballot in self.openings
        ]  # fmt: skip

    def seed(self):
        return self.log.root(self.indexes[-1] + 1)["sha256"]

    def published(self, *, k=3):
        """Return what stands beside the result in every package: buckets and time stamps."""
        table = bucket_table(self.settings, self.counted(), self.seed(), k)
        return {"buckets": table, "stamps": stamps_record(stamped(self.log.heads()))}

    def owners(self, *, rows=None):
        """Return what level P1 adds; areas here are too different for rows."""
        voted = {unit for ballot in self.openings for unit in ballot["units"]}
        units = [(e["unit"], e["area"], e["unit"] in voted) for e in self.roll]
        listed = participation_list("meeting-2026-001", units)
        part = owners_part("meeting-2026-001", listed, rows)
        return {"part": part, "rows": rows, "participation": listed}

    def documents(self):
        return [Document("notice", "会议公告", "notice.md", b"text")]

    def package(self, *, full=True):
        return build_package(self.content(full=full), self.signer)

    def reader(self, index):
        """Give the log the bytes of a ballot, as the ballot box does."""
        return dict(zip(self.indexes, map(canonical, self.envelopes), strict=True)).get(index)


@cache
def meeting():
    return Meeting()


@cache
def authority():
    return Authority(Path(tempfile.mkdtemp(prefix="tsa-")))


def stamped(heads):
    """Return a time stamp on the first and on the last head."""
    roots = tuple(load_pem_x509_certificates(authority().root.read_bytes()))
    found = []
    for position, occasion in ((0, "opening"), (len(heads) - 1, "result")):
        data = canonical(heads[position])
        builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
        answer = authority().answer(builder.build().as_bytes())
        found.append(
            Stamp(position, occasion, answer, tuple(r.public_bytes(Encoding.DER) for r in roots))
        )
    return found


@cache
def package(*, full=True):
    content = {**meeting().content(full=full), **meeting().published()}
    if full:
        content["documents"] = meeting().documents()
    return build_package(content, meeting().signer)


@cache
def uniform_packages():
    """Return P1 with ballot rows and P2 with several buckets, of flats that are all alike."""
    played = Meeting(step=0)
    beside = played.published()
    assert len(beside["buckets"]["buckets"]) > 5
    rows = ballot_rows(played.settings, played.counted(), 2)
    owners = {**played.content(full=False), **beside, "owners": played.owners(rows=rows)}
    full = {**played.content(), **beside, "documents": played.documents()}
    return build_package(owners, played.signer), build_package(full, played.signer)


@cache
def owners_package():
    """Return the package for the owners of the community."""
    content = {**meeting().content(full=False), **meeting().published()}
    return build_package({**content, "owners": meeting().owners()}, meeting().signer)


def reseal(files, by=None):
    """Make manifest and seal fit again, as an insider with the signing key would."""
    from portal.evidence.canonical import HASHES, digest, digests
    from portal.evidence.keys import sign_record

    files = {name: data for name, data in files.items() if name != "seal.json"}
    manifest = json.loads(files.pop("manifest.json"))
    manifest["files"] = [
        {"name": name, "size": len(data), **{a: digest(data, a) for a in HASHES}}
        for name, data in sorted(files.items())
    ]
    files["manifest.json"] = canonical(manifest)
    seal = {"type": "package-seal", "v": 1, "manifest": digests(files["manifest.json"])}
    files["seal.json"] = canonical(sign_record(by or signer(), seal))
    return write_archive(files)


def unpack(archive):
    files, damage = read_archive(archive)
    assert damage is None
    return files
