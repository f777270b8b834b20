"""`yitang verify FILE`: check a result package or a voucher, as anyone can with verify.py."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from portal.errors import ConfigurationError


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("file", type=Path, help="package.zip or voucher.json")
    parser.add_argument("proof", type=Path, nargs="?", help="proof.json or package.zip")
    parser.add_argument(
        "--recount", action="store_true", help="count a full package again by the product's rules"
    )
    parser.add_argument("--key", action="append", default=[], help="key id printed on the notice")


def run(arguments: argparse.Namespace) -> int:
    """Print the report; 0 when nothing failed, else 1."""
    from portal.evidence import verify

    for path in (arguments.file, arguments.proof):
        if path is not None and not path.is_file():
            raise ConfigurationError(f"There is no file {path}.")
    words = [str(arguments.file), *([str(arguments.proof)] if arguments.proof else [])]
    for key in arguments.key:
        words += ["--key", key]
    sys.stdout.flush()
    status = verify.main(words)
    return status or (_recount(arguments.file) if arguments.recount else 0)


def _recount(path: Path) -> int:
    """Print the result as it follows from the ballots in a package; needs no site."""
    from portal.evidence.canonical import EvidenceError, canonical, digest
    from portal.evidence.recount import recount

    try:
        record = recount(path.read_bytes())
    except EvidenceError as error:
        sys.stdout.write(f"重新计票 recount: {error}\n")
        return 1
    for motion in record["motions"]:
        votes = ", ".join(
            f"{o['option']} {o['votes'][0]}/{o['votes'][1]}" for o in motion["options"]
        )
        sys.stdout.write(f"重新计票 recount: {motion['motion']}: {votes}\n")
    sys.stdout.write(f"重新计票与结果一致 recount equals the result: {digest(canonical(record))}\n")
    return 0
