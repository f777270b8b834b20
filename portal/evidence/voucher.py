"""Voting voucher (电子投票凭证): proof that a ballot is in the log, without the choice.

No function here takes a choice or an option, so none can end up in a voucher.
"""

import io
import json
import textwrap
import threading
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

import segno
import typst
from PIL import Image

from portal.errors import ConfigurationError
from portal.evidence.canonical import EvidenceError, Record, canonical
from portal.evidence.keys import Signer, public_record, sign_record
from portal.evidence.log import MerkleLog
from portal.evidence.verifier.keys import issuers

TEMPLATE = Path(__file__).with_suffix(".typ")
FONT = "Noto Sans CJK SC"
SHANGHAI = timezone(timedelta(hours=8))
PIXELS_PER_INCH = 144
# The compiler keeps the fonts and refuses a second thread ("Already borrowed").
_ONE_AT_A_TIME = threading.Lock()
COLOURS = 16
GROUP = 8
LONGEST = 120


def voucher(
    signer: Signer,
    promise: Record,
    *,
    meeting: str,
    title: str,
    community: str,
    address: str,
    lot: str = "",
    authority: Record | None = None,
) -> Record:
    """Return the voucher as it is given out at the cast: a signed promise, not yet a proof.

    ``address`` is the page on which anybody verifies vouchers; the QR code leads there.
    ``lot`` finds the ballot in the bucket table, where there is one, and stands in the sealed
    ballot too. ``authority`` names the document under which a proxy cast it, by number and digest.
    """
    record = {
        "type": "voucher",
        "v": 1,
        "meeting": meeting,
        "title": title,
        "community": community,
        "log": promise["log"],
        "leaf": promise["leaf"],
        "promise": promise,
        "inclusion": None,
        "head": None,
        "keys": [public_record(signer)],
        "address": address,
    }
    if lot:
        record["lot"] = lot
    if authority is not None:
        record["authority"] = authority
    return sign_record(signer, record)


def with_proof(signer: Signer, record: Record, log: MerkleLog, index: int, head: Record) -> Record:
    """Return the final voucher with index, path and signed head.

    Equal head and index give equal bytes, because signatures are deterministic. Raises
    EvidenceError when the leaf at ``index`` is not the promised one or the head does not cover it.
    """
    if index >= head["size"] or log.leaf_hashes(index) != record["leaf"]:
        msg = f"leaf {index} is not the one the voucher promises"
        raise EvidenceError(msg)
    known = {key["key"]: key for key in (*record["keys"], public_record(signer))}
    proven = {
        **{name: value for name, value in record.items() if name != "signature"},
        "inclusion": {"index": index, **log.inclusion(index, head["size"])},
        "head": head,
        "keys": [known[name] for name in sorted(known)],
    }
    return sign_record(signer, proven)


def log_proof(log: MerkleLog, old: int, head: Record, public: Record) -> Record:
    """Return what proves to the holder of an older voucher that the log only grew.

    ``public`` is the key record of the log, with its certificate.
    """
    path = log.consistency(old, head["size"])
    return {"type": "log-proof", "v": 1, "head": head, "keys": [public], **path}


def voucher_json(record: Record) -> bytes:
    """Return the voucher as its canonical file."""
    return canonical(record)


def voucher_pdf(record: Record) -> bytes:
    """Return the voucher as a one-page PDF; equal vouchers give equal bytes."""
    return _render(record, "pdf")


def voucher_png(record: Record) -> bytes:
    """Return the voucher as a picture; equal vouchers give equal bytes."""
    with Image.open(io.BytesIO(_render(record, "png"))) as page:
        # Ink and paper need few colours; a phone downloads a fifth of the bytes.
        small = page.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    picture = io.BytesIO()
    small.save(picture, "PNG", optimize=True)
    return picture.getvalue()


def verify_address(record: Record) -> str:
    """Return the address in the QR code: log and leaf hash, which no browser sends to the site."""
    query = urlencode({"log": record["log"], "leaf": record["leaf"]["sha256"]})
    return f"{record['address']}#{query}"


def _render(record: Record, form: Literal["pdf", "png"]) -> bytes:
    inputs = _inputs(record)
    with _ONE_AT_A_TIME:
        pages = _compiler().compile(
            TEMPLATE.read_bytes(),
            format=form,
            ppi=PIXELS_PER_INCH,
            sys_inputs=inputs,
            timestamp=0,
        )
    if not isinstance(pages, bytes):
        msg = "a voucher has exactly one page"
        raise EvidenceError(msg)
    return pages


@cache
def _compiler() -> typst.Compiler:
    if FONT not in typst.Fonts().families():
        msg = f"the font {FONT} is not installed (Debian: fonts-noto-cjk)"
        raise ConfigurationError(msg)
    return typst.Compiler()


def _inputs(record: Record) -> dict[str, str]:
    picture = io.BytesIO()
    address = verify_address(record)
    segno.make(address, error="m").save(picture, kind="svg", border=1, xmldecl=False)
    return {
        "data": json.dumps(_page(record, address), ensure_ascii=False),
        "qr": picture.getvalue().decode("utf-8"),
    }


def _page(record: Record, address: str) -> Record:
    head, inclusion = record["head"], record["inclusion"]
    rows = [
        ("小区 Community", record["community"], False),
        ("会议 Meeting", record["title"], False),
        ("投票时间 Cast at", _time(record["promise"]["time"]), False),
        ("日志 Log", record["log"], True),
        ("选票指纹 SHA-256", record["leaf"]["sha256"], True),
        ("选票指纹 SM3", record["leaf"]["sm3"], True),
        ("长期签名密钥 Key", _long_term(record), True),
    ]
    if head is not None:
        rows += [
            ("日志序号 Index", str(inclusion["index"]), True),
            ("日志规模 Log size", str(head["size"]), True),
            ("日志头时间 Head at", _time(head["time"]), False),
            ("日志根 SHA-256", head["root_sha256"], True),
            ("日志根 SM3", head["root_sm3"], True),
        ]
    if "authority" in record:
        rows.append(("委托书 Authority", record["authority"]["number"], True))
        rows.append(("委托书 SHA-256", record["authority"]["sha256"], True))
    state = "选票已写入防篡改日志 / In the log" if head else "选票已接收，待写入日志 / Accepted"
    return {
        "title": "业主大会电子投票凭证",
        "title_en": "Voucher of an owners' assembly vote",
        "rows": [
            {"label": label, "value": _fitted(value, code), "code": code}
            for label, value, code in rows
        ],
        "state": state,
        "help": [
            "本凭证证明选票已被接收，不含您的选择。",
            "扫描二维码或用验证程序核对；请与 JSON 凭证一并保存。",
            "This voucher proves that the ballot was received. It does not show the choice.",
        ],
        "address": address,
    }


def _long_term(record: Record) -> str:
    """Return the key to compare with the notice: the one that certified the key of the meeting."""
    return ", ".join(sorted(issuers(record["keys"], {record["promise"]["key"]})))


def _fitted(value: str, code: bool) -> str:
    """Return a value that stays on its page: digests in groups of eight, long names cut."""
    if code and len(value) > GROUP * 4:
        return " ".join(textwrap.wrap(value, GROUP))
    return value if len(value) <= LONGEST else value[: LONGEST - 1] + "…"


def _time(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC).astimezone(SHANGHAI)
    return moment.strftime("%Y-%m-%d %H:%M:%S (UTC+8)")
