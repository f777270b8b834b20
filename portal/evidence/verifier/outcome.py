"""From records to the result (由记录到结果): rules, sums, buckets and, where given, ballots."""

from __future__ import annotations

from portal.evidence.verifier.ballots import (
    AUTOJOIN,
    JOINED,
    JOINS,
    OPENINGS,
    ROLL,
    UNITS,
    check_envelopes,
    check_joins,
    check_marks,
    check_openings,
    check_recount,
    check_roll,
    check_units,
    counted_ballots,
    secret_ballots,
    with_joins,
)
from portal.evidence.verifier.container import same_digest
from portal.evidence.verifier.files import BUCKETS, LEAVES, RESULT, SETTINGS, Files
from portal.evidence.verifier.paper import PAPER_LEAF
from portal.evidence.verifier.publication import (
    check_bucket_ballots,
    check_buckets,
    is_secret,
    sums_only,
)
from portal.evidence.verifier.releases import ENVELOPES, RELEASE, Opener
from portal.evidence.verifier.report import ImpossibleError, ProblemError, Record, Rows
from portal.evidence.verifier.result import (
    check_deadlines,
    check_sums,
    check_thresholds,
    judge,
    paired,
    same,
)


def check_rules(package: Files) -> None:
    """Check the text of the rules, the thresholds and the deadlines."""
    with package.report.check("profile", "profile.json"):
        settings = package.record("meeting-settings")[2]
        package.need("profile.json")
        if not same_digest(package.files["profile.json"], settings["profile"]["digest"]):
            raise ProblemError("profile.json", "is not the profile of the meeting")
        if "figures_while_voting" in settings:
            check_figures(SETTINGS, settings)
            package.report.notes.append(
                "注意 note: 投票期间显示过各选项票数，运营者在截止前能看到 "
                "votes per option were shown while voting; the operator could see them"
            )
    with package.report.check("thresholds", SETTINGS):
        _, file, settings = package.record("meeting-settings")
        check_thresholds(file, settings)
    missed: Rows = []
    with package.report.check("deadlines", SETTINGS):
        for kind in ("meeting-settings", "result"):
            _, file, content = package.record(kind)
            missed += check_deadlines(file, content)
    package.report.notes += [f"注意 note: 期限未遵守 deadline missed: {name}" for name in missed]


def check_figures(file: str, settings: Record) -> None:
    """Check that a vote with figures was recorded, in steps, and promised no trustees."""
    groups = [group["group"] for group in settings["sealing"]["groups"]]
    if settings["mode"] != "recorded" or groups != ["server"]:
        raise ProblemError(file, "figures while voting exclude secrecy and trustees")
    if not settings["figures_while_voting"]["step"] > 0:
        raise ProblemError(file, "figures while voting changed without a step")


def check_result(package: Files) -> None:
    """Check the result from its sums."""
    with package.report.check("channels", RESULT):
        _, file, outcome = package.record("result")
        cast = sum(row["ballots"] for row in outcome["channels"])
        counted = sum(row["counted"] for row in outcome["channels"])
        same(file, "ballots in the log", cast, len(package.withheld))
        same(file, "excluded ballots", len(outcome["excluded"]), cast - counted)
        for at in (0, 1):
            votes = sum(row["votes"][at] for row in outcome["channels"])
            same(file, "participation by channel", votes, outcome["participation"][at])
        same(file, "owners taking part", outcome["participation"][0], counted)
    with package.report.check("sums", RESULT):
        settings, roll = package.record("meeting-settings")[2], package.record("roll-commitment")[2]
        _, file, outcome = package.record("result")
        roll_totals = [roll["heads"], roll["area"]]
        same(file, "totals", outcome["totals"], roll_totals)
        if any(a > b for a, b in zip(outcome["participation"], roll_totals, strict=True)):
            raise ProblemError(file, "more took part than the roll holds")
        for motion, row in paired(file, settings, outcome):
            check_sums(file, motion, row, outcome["participation"])
    with package.report.check("result", RESULT):
        settings = package.record("meeting-settings")[2]
        _, file, outcome = package.record("result")
        for motion, row in paired(file, settings, outcome):
            again = judge(motion, outcome["totals"], outcome["participation"], row)
            for name in sorted(row.keys() | again.keys()):
                same(file, f"{motion['motion']} {name}", row.get(name), again.get(name))
    with package.report.check("buckets", BUCKETS):
        sums_only(package, BUCKETS)
        check_buckets(package)


def check_late_units(package: Files, settings: Record) -> None:
    """Check the units that joined a ballot after it was cast; only where the rules know this."""
    leaves = package.records_of(JOINED)
    ends = [one["to"] for _, one in package.records_of("voting-extended")]
    closes = ends[-1] if ends else settings["closes_at"]
    check_joins(package.joins(), leaves, package.withheld, settings["opens_at"], closes)
    if leaves and package.load("profile.json")["multi_unit"]["value"] != AUTOJOIN:
        raise ProblemError(JOINS, "units joined where the rules do not let them")
    if leaves and is_secret(package):
        raise ProblemError(JOINS, "units joined a secret ballot")


def check_none_later(package: Files, released: int) -> None:
    """Check that no sealed ballot was logged once the choices could be known."""
    for index, envelope in zip(package.withheld, package.lines(ENVELOPES), strict=False):
        if envelope["type"] != PAPER_LEAF and index > released:
            raise ProblemError(ENVELOPES, f"ballot at leaf {index} came after the keys' release")


def check_ballots(package: Files) -> None:
    """Check everything from envelopes to per-unit table, where the level has them."""
    report = package.report
    roll: Rows = []
    counted: Rows | None = None
    with report.check("ballots", ENVELOPES):
        check_envelopes(package.lines(ENVELOPES), package.load(LEAVES), package.withheld)
    with report.check("release", RELEASE):
        package.need(RELEASE)
        release, settings = package.load(RELEASE), package.record("meeting-settings")[2]
        _, file, logged = package.record("keys-released")
        if not same_digest(package.files[RELEASE], logged["release"]):
            raise ProblemError(RELEASE, f"differs from its digest in {file}")
        same(file, "keys", logged["keys"], [row["key"] for row in release["releases"]])
        check_none_later(package, package.records_of("keys-released")[0][0])
        Opener(settings["sealing"], release["releases"])
    with report.check("openings", OPENINGS):
        openings, envelopes = package.lines(OPENINGS), package.lines(ENVELOPES)
        settings, release = package.record("meeting-settings")[2], package.load(RELEASE)
        opener = Opener(settings["sealing"], release["releases"])
        check_openings(envelopes, openings, opener, settings["profile"]["digest"])
        check_late_units(package, settings)
    with report.check("roll", ROLL):
        roll = package.lines(ROLL)
        raw = package.files[ROLL].split(b"\n")[:-1]
        check_roll(roll, raw, package.record("roll-commitment")[2])
    with report.check("one_vote", OPENINGS):
        openings, outcome = package.lines(OPENINGS), package.record("result")[2]
        if is_secret(package):
            counted = secret_ballots(openings, outcome)
        else:
            openings = with_joins(openings, package.withheld, package.joins())
            counted = counted_ballots(openings, package.withheld, roll, outcome)
    with report.check("recount", OPENINGS):
        package.need(OPENINGS)
        if counted is None:
            raise ImpossibleError("见上 see above")
        _, file, outcome = package.record("result")
        check_recount(package.record("meeting-settings")[2], outcome, counted, file)
    with report.check("bucket_ballots", BUCKETS):
        package.need(OPENINGS)
        if counted is None:
            raise ImpossibleError("见上 see above")
        check_bucket_ballots(package, counted)
    with report.check("units", UNITS):
        table = package.lines(UNITS)
        if counted is None:
            raise ImpossibleError("见上 see above")
        check = check_marks if is_secret(package) else check_units
        check(table, roll, counted)
