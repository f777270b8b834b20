"""Publication package (发布包): one deterministic archive that anybody can verify."""

import json
from typing import NamedTuple, NotRequired, TypedDict

from portal.evidence.bundle import verifier_source
from portal.evidence.canonical import (
    HASHES,
    EvidenceError,
    Record,
    canonical,
    digest,
    digests,
)
from portal.evidence.keys import Signer, sign_record
from portal.evidence.log import MerkleLog
from portal.evidence.verifier.container import write_archive
from portal.evidence.verifier.package import Package

# Types of leaves that are withheld at every level but P2.
BALLOTS = ("sealed-ballot", "paper-ballot")

README = """\
业主大会表决发布包 / Publication package of an owners' vote

验证方法：安装 Python 3.10 或以上版本，在本压缩包所在目录运行
To verify: install Python 3.10 or newer and run, beside this archive,

    unzip PACKAGE.zip verify.py
    python3 verify.py PACKAGE.zip --key 公告上的密钥编号/KEY-ID-OF-THE-NOTICE

如需核对签名和时间戳，请先安装：pip install "cryptography>=47" rfc3161-client
To check signatures and time stamps, first: pip install "cryptography>=47" rfc3161-client

manifest.json    全部文件的摘要 / digests of all files
seal.json        清单签名 / signature of the manifest
records/         日志中的公开记录 / public records of the log
log/             日志叶子与日志头 / leaves and signed heads of the log
keys.json        公钥 / public keys
verify.py        验证程序 / the verifier
"""


class LogContent(TypedDict):
    """A log as published: all leaf hashes, the signed heads and the bytes of public leaves."""

    log: str
    sha256: list[str]
    sm3: list[str]
    heads: list[Record]
    records: dict[int, bytes]


class FullContent(TypedDict):
    """What level P2 adds; ``envelopes`` and ``openings`` in log order, excluded ones as well.

    ``envelopes`` are the sealed ballots of all withheld leaves, ``openings`` their content,
    ``joins`` the openings of the units that joined a ballot later, in log order,
    ``release`` the released keys, ``roll`` the entries under the commitment in their order
    and ``units`` the per-unit table of ``records.unit_results``.
    """

    envelopes: list[Record]
    openings: list[Record]
    joins: NotRequired[list[Record]]
    release: Record
    roll: list[Record]
    units: list[Record]


class OwnersContent(TypedDict):
    """What level P1 adds: the records of ``publication``, None for what is withheld."""

    part: Record
    rows: Record | None
    participation: Record | None


class Document(NamedTuple):
    """A document of the meeting; ``name`` is a file name in ASCII without folder."""

    kind: str
    title: str
    name: str
    data: bytes


class PackageContent(TypedDict):
    """Input of ``build_package``.

    ``keys`` are the public key records of the log. ``profile`` is the canonical text of
    the rules, whose digest is in the settings. ``buckets`` is the table of summed groups,
    ``stamps`` the outside time stamps, ``documents`` are for notary and court; ``note`` are
    plain words for the README. The log holds a meeting-settings, a roll-commitment, a result and,
    for P2, a keys-released record.
    """

    meeting: str
    log: LogContent
    keys: list[Record]
    profile: NotRequired[bytes]
    note: NotRequired[str]
    buckets: NotRequired[Record]
    stamps: NotRequired[Record]
    owners: NotRequired[OwnersContent]
    documents: NotRequired[list[Document]]
    full: NotRequired[FullContent]


def log_content(log: MerkleLog, size: int | None = None) -> LogContent:
    """Return what a package publishes of a log: the bytes of every kept leaf but a ballot.

    With ``size`` only of its first leaves, with the heads that cover no more.
    """
    end = len(log) if size is None else size
    leaves = [log.leaf_hashes(index) for index in range(end)]
    return {
        "log": log.log_id,
        "sha256": [leaf["sha256"] for leaf in leaves],
        "sm3": [leaf["sm3"] for leaf in leaves],
        "heads": [head for head in log.heads() if head["size"] <= end],
        "records": {
            index: leaf
            for index, leaf in log.kept.items()
            if index < end and json.loads(leaf)["type"] not in BALLOTS
        },
    }


def build_package(content: PackageContent, signer: Signer) -> bytes:
    """Return the archive: P2 when ``content`` has the full part, P1 with ``owners``, else P0.

    Equal input gives equal bytes. A package that does not verify is never returned: EvidenceError
    names the failed checks.
    """
    level = "P2" if "full" in content else "P1" if "owners" in content else "P0"
    files = package_files(content)
    manifest = canonical(
        {
            "type": "package-manifest",
            "v": 1,
            "level": level,
            "meeting": content["meeting"],
            "log": content["log"]["log"],
            "files": [_entry(name, files[name]) for name in sorted(files)],
        }
    )
    seal = {"type": "package-seal", "v": 1, "manifest": digests(manifest)}
    files["manifest.json"] = manifest
    files["seal.json"] = canonical(sign_record(signer, seal))
    archive = write_archive(files)
    failures = Package(archive).verify().failures
    if failures:
        found = "; ".join(f"{row['name']}: {row['file']} {row['detail']}" for row in failures)
        msg = f"the package does not verify: {found}"
        raise EvidenceError(msg)
    return archive


def package_files(content: PackageContent) -> dict[str, bytes]:
    """Return the files of a package without manifest and seal."""
    log = content["log"]
    files = {
        "README.txt": "\n".join(filter(None, (content.get("note"), README))).encode(),
        "verify.py": verifier_source(),
        "keys.json": canonical({"type": "public-keys", "v": 1, "keys": content["keys"]}),
        "log/heads.json": canonical({"type": "log-heads", "v": 1, "heads": log["heads"]}),
        "log/leaves.json": canonical(
            {
                "type": "log-leaves",
                "v": 1,
                "log": log["log"],
                "size": len(log["sha256"]),
                "sha256": log["sha256"],
                "sm3": log["sm3"],
                "withheld": len(log["sha256"]) - len(log["records"]),
            }
        ),
    }
    for index, leaf in log["records"].items():
        files[f"records/{index:08d}-{json.loads(leaf)['type']}.json"] = leaf
    if "profile" in content:
        files["profile.json"] = content["profile"]
    if "buckets" in content:
        files["buckets.json"] = canonical(content["buckets"])
    if "stamps" in content:
        files["stamps.json"] = canonical(content["stamps"])
    if "owners" in content:
        owners = content["owners"]
        found: Record = {"owners": owners["part"], **owners}
        parts = {name: found[name] for name in ("owners", "rows", "participation")}
        files |= {f"{name}.json": canonical(part) for name, part in parts.items() if part}
    if "documents" in content:
        files |= _documents(content["documents"])
    if "full" in content:
        full = content["full"]
        files["ballots/envelopes.jsonl"] = _lines(full["envelopes"])
        files["ballots/openings.jsonl"] = _lines(full["openings"])
        if full.get("joins"):
            files["ballots/joins.jsonl"] = _lines(full["joins"])
        files["release.json"] = canonical(full["release"])
        files["roll.jsonl"] = _lines(full["roll"])
        files["units.jsonl"] = _lines(full["units"])
    return files


def _documents(documents: list[Document]) -> dict[str, bytes]:
    rows, files = [], {}
    for number, one in enumerate(documents, 1):
        name = f"documents/{number:03d}-{one.name}"
        files[name] = one.data
        kinds = {"name": name, "kind": one.kind, "title": one.title}
        rows.append({**kinds, **{a: digest(one.data, a) for a in HASHES}})
    files["documents.json"] = canonical({"type": "documents", "v": 1, "documents": rows})
    return files


def _lines(records: list[Record]) -> bytes:
    return b"".join(canonical(record) + b"\n" for record in records)


def _entry(name: str, data: bytes) -> Record:
    return {"name": name, "size": len(data), **{a: digest(data, a) for a in HASHES}}
