"""Outcome of a verification (验证报告): named checks in Chinese and English."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

Record = dict[str, Any]
Rows = list[Any]
Values = tuple[Any, ...]
Names = set[Any]

CHECKS = {
    "container": ("归档容器完整、格式唯一", "the archive is whole and has its one form"),
    "manifest": ("文件与清单一致", "files equal the manifest"),
    "form": ("记录为规范格式", "records have the canonical form"),
    "trust": ("长期密钥为您指定的密钥", "the long-term key is the one you named"),
    "certificate": ("会议密钥由长期密钥证明", "the long-term key certifies the key of the meeting"),
    "seal": ("清单或凭证的签名", "signature of the manifest or voucher"),
    "log": ("日志叶子重算出各日志头的根", "log leaves give the roots of all heads"),
    "records": ("公开记录与日志叶子一致", "public records equal their log leaves"),
    "order": ("记录在日志中的次序", "order of records in the log"),
    "heads": ("日志头签名", "signatures of log heads"),
    "profile": ("规则文本与摘要一致", "text of the rules equals its digest"),
    "thresholds": ("通过比例符合所引法条", "thresholds are those of the law named"),
    "channels": ("各渠道票数与日志一致", "ballots per channel equal the log"),
    "sums": ("选项合计等于参与数", "options add up to participation"),
    "result": ("由合计重新计算表决结果", "result computed again from the sums"),
    "deadlines": ("法定期限重新核对", "statutory deadlines compared again"),
    "buckets": ("分组汇总表合计等于结果", "bucket table adds up to the result"),
    "bucket_ballots": ("每一分组与其中选票一致", "each bucket equals its ballots"),
    "rows": ("去标识选票合计等于结果", "ballot rows add up to the result"),
    "participation": ("参与名单合计等于参与面积", "participation list adds up"),
    "documents": ("会议文件与摘要一致", "documents equal their digests"),
    "stamps": ("时间戳针对各日志头", "time stamps are about their log heads"),
    "stamp_seals": ("时间戳签名与根证书", "signatures of the time stamps"),
    "ballots": ("密封选票与日志叶子一致", "sealed ballots equal their log leaves"),
    "release": ("计票密钥与公布的公钥一致", "released tally key fits the published one"),
    "openings": ("重新开启每一张选票", "every ballot opened again"),
    "roll": ("名册与名册承诺一致", "roll equals its commitment"),
    "one_vote": ("每户每位业主仅计一次", "each unit and owner counted once"),
    "recount": ("由选票重新计票", "result counted again from the ballots"),
    "paper": ("书面选票核对、抽样与日志一致", "sums, sample and leaves of paper ballots agree"),
    "units": ("分户结果表与选票一致", "per-unit table equals the ballots"),
    "roll_proof": ("房屋在名册中", "the units are in the roll"),
    "promise": ("投票承诺签名", "signature of the cast promise"),
    "inclusion": ("选票已在日志中", "the ballot is in the log"),
    "consistency": ("新日志包含旧日志", "the later log contains the earlier one"),
}
WORDS = {"ok": "通过 ok", "failed": "失败 FAILED", "not_possible": "未检查 not checked"}
LONGEST = 300
MALFORMED = (
    *(ValueError, KeyError, TypeError, IndexError, AttributeError),
    *(ArithmeticError, RecursionError),
)


class ProblemError(Exception):
    """One thing that is wrong, with the file it was found in."""

    def __init__(self, file: str, detail: str) -> None:
        super().__init__(f"{file}: {detail}")
        self.file = file
        self.detail = detail


class ImpossibleError(Exception):
    """A check that this package level or this machine does not allow."""


class Report:
    """The outcome of all checks; ``ok`` when none failed."""

    def __init__(self, level: str = "") -> None:
        self.level = level
        self.checks: Rows = []
        self.notes: Rows = []

    @property
    def ok(self) -> bool:
        """Tell whether something was checked and nothing failed."""
        return bool(self.checks) and all(check["status"] != "failed" for check in self.checks)

    @property
    def failures(self) -> Rows:
        """The failed checks, each with name, file and detail."""
        return [check for check in self.checks if check["status"] == "failed"]

    def add(self, name: str, status: str, file: str = "", detail: str = "") -> None:
        """Note the outcome of one check."""
        short = detail if len(detail) <= LONGEST else detail[:LONGEST] + "…"
        self.checks.append({"name": name, "status": status, "file": file, "detail": short})

    @contextlib.contextmanager
    def check(self, name: str, file: str = "") -> Iterator[None]:
        """Run one check; malformed input fails it and does not stop the others."""
        try:
            yield
        except ImpossibleError as reason:
            self.add(name, "not_possible", file, str(reason))
        except ProblemError as problem:
            self.add(name, "failed", problem.file, problem.detail)
        except MALFORMED as error:
            self.add(name, "failed", file, f"malformed 格式错误: {type(error).__name__} {error}")
        else:
            self.add(name, "ok", file)

    def text(self) -> str:
        """Return the report in Chinese and English."""
        lines = [f"{'级别 level':<10}{self.level}"] if self.level else []
        for check in self.checks:
            zh, en = CHECKS[check["name"]]
            tail = " ".join(part for part in (check["file"], check["detail"]) if part)
            line = f"[{WORDS[check['status']]}] {check['name']}: {zh} / {en}"
            lines.append(f"{line}{' — ' + tail if tail else ''}")
        lines += self.notes
        lines.append("结论 result: " + ("通过 VALID" if self.ok else "不通过 INVALID"))
        return "\n".join(lines)
