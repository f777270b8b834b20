"""Documents of the meeting (会议文件) in the package for notary and court."""

from __future__ import annotations

from portal.evidence.verifier.container import HASHES, digest, parse
from portal.evidence.verifier.files import DOCUMENTS, SETTINGS, Files
from portal.evidence.verifier.report import ProblemError
from portal.evidence.verifier.result import same

FOLDER = "documents/"


def check_documents(package: Files) -> None:
    """Check the list of documents, the notices of the settings and the handed-over roster."""
    with package.report.check("documents", DOCUMENTS):
        package.need(DOCUMENTS)
        listed = package.load(DOCUMENTS)["documents"]
        inside = sorted(name for name in package.files if name.startswith(FOLDER))
        same(DOCUMENTS, "names", sorted(row["name"] for row in listed), inside)
        for row in listed:
            for algorithm in HASHES:
                if digest(package.files[row["name"]], algorithm) != row[algorithm]:
                    raise ProblemError(row["name"], "differs from its digest")
        known = {row["sha256"] for row in listed}
        for notice in package.record("meeting-settings")[2]["notices"]:
            if notice["digest"] not in known:
                raise ProblemError(SETTINGS, f"the text of notice {notice['notice']} is not here")
        roll = package.record("roll-commitment")[2]
        for row in listed:
            if row["kind"] == "roster_handover":
                receipt = parse(row["name"], package.files[row["name"]])
                for algorithm in HASHES:
                    name = "root_" + algorithm
                    same(row["name"], "roster", receipt[name], roll[name])
