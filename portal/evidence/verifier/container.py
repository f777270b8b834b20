"""Container and records (归档容器与记录): one byte form for each, everything else refused."""

from __future__ import annotations

import hashlib
import json
import struct
import zlib

from portal.evidence.verifier.report import ProblemError, Record, Rows, Values

LOCAL = struct.Struct("<4s5H3I2H")
CENTRAL = struct.Struct("<4s6H3I5H2I")
END = struct.Struct("<4s4H2IH")
ZIP_DATE = 0x21  # 1980-01-01, the first date the format can hold.
HASHES = {"sha256": lambda data: hashlib.sha256(data).digest()}
if "sm3" in hashlib.algorithms_available:
    HASHES["sm3"] = lambda data: hashlib.new("sm3", data).digest()


def write_archive(files: Record) -> bytes:
    """Return the one archive of these files: sorted, stored, without dates."""
    body, directory = bytearray(), bytearray()
    for name in sorted(files):
        raw, data = name.encode("ascii"), files[name]
        common = (0, 0, 0, ZIP_DATE, zlib.crc32(data), len(data), len(data), len(raw), 0)
        directory += CENTRAL.pack(
            b"PK\1\2", 0x0314, 10, *common, 0, 0, 0, 0o100644 << 16, len(body)
        )
        directory += raw
        body += LOCAL.pack(b"PK\3\4", 10, *common) + raw + data
    count = len(files)
    tail = END.pack(b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory + tail)


def read_archive(data: bytes) -> Values:
    """Return the files and where the archive departs from its one form, None when it does not."""
    files: Record = {}
    starts, position, name = [], 0, ""
    while data[position : position + 4] == b"PK\3\4":
        try:
            fields = LOCAL.unpack_from(data, position)
            start = position + LOCAL.size
            name = data[start : start + fields[9]].decode("ascii")
        except (struct.error, UnicodeDecodeError):
            return files, ("archive", f"unreadable entry after {name or 'the start'}")
        starts.append((position, name))
        position = start + fields[9] + fields[7]
        files[name] = data[start + fields[9] : position]
    try:
        expected = write_archive(files)
    except (struct.error, ValueError) as error:
        return files, ("archive", str(error))
    if expected == data:
        return files, None
    pairs = zip(expected, data, strict=False)
    offset = next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(expected), len(data)))
    inside = [entry for begin, entry in starts if begin <= offset < position]
    return files, (inside[-1] if inside else "archive", f"byte {offset} is not as it must be")


def canon(value: object) -> bytes:
    """Return the canonical JSON bytes (RFC 8785 for the values allowed in records)."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def parse(name: str, data: bytes, *, padded: bool = False) -> Record:
    """Parse one record and refuse every byte form but the canonical one."""

    def pairs(items: Rows) -> Record:
        if len(dict(items)) != len(items):
            raise ProblemError(name, "a key stands twice")
        return dict(items)

    def refuse(text: str) -> None:
        raise ProblemError(name, f"{text} is not an integer")

    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=pairs,
            parse_float=refuse,
            parse_constant=refuse,
        )
        again = canon(value)
    except (ValueError, RecursionError) as error:
        raise ProblemError(name, f"is no JSON text: {error}") from error
    if again != (data.rstrip(b" ") if padded else data):
        raise ProblemError(name, "not in canonical form")
    if not isinstance(value, dict):
        raise ProblemError(name, "not a record")
    return value


def digest(data: bytes, algorithm: str) -> str:
    """Return the digest with its algorithm id."""
    return f"{algorithm}:{HASHES[algorithm](data).hex()}"


def same_digest(data: bytes, given: str) -> bool:
    """Compare with a digest of any known algorithm."""
    return digest(data, given.partition(":")[0]) == given
