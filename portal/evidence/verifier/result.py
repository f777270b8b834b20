"""The result computed again (重新计算结果): sums, shares, ranks, deadlines and bucket tables."""

from __future__ import annotations

from portal.evidence.verifier.report import ImpossibleError, ProblemError, Record, Rows, Values

MEASURES = ("heads", "area")
ABSTAIN, AGAINST = "abstain", "against"
MOST_OPTIONS = 500
# Numerator, denominator, strictly more, base; the thresholds stand here a second time so that a
# package whose settings, log and signatures were all made with a wrong one is still found out.
LAW: Record = {
    "civil_code_278": {
        "quorum": (2, 3, False, "total"),
        "ordinary": (1, 2, True, "participating"),
        "special": (3, 4, False, "participating"),
    },
    "property_law_76": {
        "quorum": None,
        "ordinary": (1, 2, True, "total"),
        "special": (2, 3, False, "total"),
    },
}
SPECIAL_ITEMS = {
    "civil_code_278": ("maintenance_fund_raise", "rebuilding", "common_parts_use"),
    "property_law_76": ("maintenance_fund_use", "maintenance_fund_raise", "rebuilding"),
}


def same(file: str, what: str, given: object, expected: object) -> None:
    """Refuse a value that differs from the one computed."""
    if given != expected:
        raise ProblemError(file, f"{what}: {given} stated, {expected} computed 与计算不符")


def paired(file: str, settings: Record, result: Record) -> Rows:
    """Return each motion of the settings with its row of the result."""
    motions = {motion["motion"]: motion for motion in settings["motions"]}
    if len(motions) != len(settings["motions"]):
        raise ProblemError(file, "a motion of the settings stands twice")
    if any(len(motion["options"]) > MOST_OPTIONS for motion in motions.values()):
        raise ProblemError(file, f"a motion has more than {MOST_OPTIONS} options")
    same(file, "motions", [row["motion"] for row in result["motions"]], list(motions))
    return [(motions[row["motion"]], row) for row in result["motions"]]


def share_of(rule: Record, name: str) -> Values | None:
    """Return a share of an applied rule in the form of the built-in table."""
    share = rule[name]
    if share is None:
        return None
    return (share["numerator"], share["denominator"], share["strict"], share["base"])


def check_law(file: str, motion: Record) -> str:
    """Compare one motion with the law it names; return the name of a law not built in."""
    rule = motion["rule"]
    law = LAW.get(rule["rule"])
    if law is None:
        return str(rule["rule"])
    special = rule["item"] in SPECIAL_ITEMS[rule["rule"]]
    category = "special" if special else "ordinary"
    same(file, f"{motion['motion']} category", rule["category"], category)
    same(file, f"{motion['motion']} measures", rule["measures"], "heads_and_area")
    same(file, f"{motion['motion']} quorum", share_of(rule, "quorum"), law["quorum"])
    same(file, f"{motion['motion']} majority", share_of(rule, "majority"), law[category])
    return ""


def check_sums(file: str, motion: Record, row: Record, counted: Rows) -> None:
    """Check that the options of one motion fit the ballots counted (EV-8.2.3)."""
    names = [option["option"] for option in motion["options"]]
    same(file, "options", [option["option"] for option in row["options"]], names)
    for at, measure in enumerate(MEASURES):
        votes = [option["votes"][at] for option in row["options"]]
        rest = counted[at] - row["blank"][at] - row["invalid"][at]
        if min(*votes, row["blank"][at], row["invalid"][at], rest) < 0:
            raise ProblemError(file, f"{motion['motion']}: a negative number of {measure}")
        most = motion["max_marks"]
        if sum(votes) != rest if most == 1 else max(votes) > rest or sum(votes) > most * rest:
            detail = f"{motion['motion']}: options do not add up by {measure}"
            raise ProblemError(file, detail)


def verdict(rule: Record, totals: Rows, counted: Rows, agreeing: Rows) -> Record:
    """Return the verdict with every comparison, in the form of the result record."""
    checks = []
    bases = {"total": totals, "participating": counted}
    for label, share, part in (
        ("quorum", rule["quorum"], counted),
        ("majority", rule["majority"], agreeing),
    ):
        for at, measure in enumerate(MEASURES):
            if share is None or rule["measures"] not in ("heads_and_area", measure):
                continue
            base = bases[share["base"]][at]
            left, right = part[at] * share["denominator"], base * share["numerator"]
            met = base > 0 and (left > right if share["strict"] else left >= right)
            checks.append(
                {
                    "key": f"{label}_{measure}",
                    "numerator": part[at],
                    "denominator": base,
                    "share": share,
                    "met": met,
                }
            )
    return {
        "carried": all(check["met"] for check in checks),
        "rule": rule,
        "totals": totals,
        "participation": counted,
        "agreeing": agreeing,
        "checks": checks,
    }


def standings(motion: Record, totals: Rows, counted: Rows, options: Rows) -> Rows:
    """Return the candidates by votes with ranks; equal votes share a rank (SZ-25.3)."""
    order = [MEASURES.index(measure) for measure in motion["order"]]
    rows = []
    for option in options:
        if option["option"] in (ABSTAIN, AGAINST):
            continue
        rows.append(
            {
                "candidate": option["option"],
                "votes": option["votes"],
                "key": [option["votes"][at] for at in order],
                "verdict": verdict(motion["rule"], totals, counted, option["votes"]),
            }
        )
    carried = [row["key"] for row in rows if row["verdict"]["carried"]]
    keys = [row["key"] for row in rows]
    rows.sort(key=lambda row: ([-part for part in row["key"]], row["candidate"]))
    for row in rows:
        key = row.pop("key")
        row["rank"] = 1 + sum(other > key for other in keys)
        row["shared"] = keys.count(key) > 1
        ahead, level = sum(other > key for other in carried), carried.count(key)
        row["status"] = "not_elected"
        if row["verdict"]["carried"] and ahead < motion["seats"]:
            row["status"] = "elected" if ahead + level <= motion["seats"] else "tied"
    return rows


def judge(motion: Record, totals: Rows, counted: Rows, row: Record) -> Record:
    """Return the row of one motion as it follows from its option sums."""
    judged = {name: row[name] for name in ("motion", "options", "blank", "invalid")}
    judged.update(verdict=None, standings=None)
    if motion["seats"]:
        judged["standings"] = standings(motion, totals, counted, row["options"])
    else:
        votes = {option["option"]: option["votes"] for option in row["options"]}
        judged["verdict"] = verdict(motion["rule"], totals, counted, votes[motion["agree"]])
    return judged


def check_deadlines(file: str, record: Record) -> Rows:
    """Check each recorded deadline against its times and return those that were missed."""
    missed = []
    for entry in record["deadlines"]:
        limit, actual = entry["limit"], entry["actual"]
        if entry["relation"] not in ("not_before", "not_after"):
            raise ProblemError(file, f"{entry['name']}: relation {entry['relation']} is unknown")
        met = None
        if actual is not None:
            met = actual >= limit if entry["relation"] == "not_before" else actual <= limit
        same(file, entry["name"], entry["met"], met)
        if met is False:
            missed.append(f"{entry['name']} ({entry['clause']})")
    return missed


def check_thresholds(file: str, settings: Record) -> None:
    """Compare every motion with the law it names."""
    unknown = {check_law(file, motion) for motion in settings["motions"]} - {""}
    if unknown:
        raise ImpossibleError(f"未内置 no built-in law: {', '.join(sorted(unknown))}")
