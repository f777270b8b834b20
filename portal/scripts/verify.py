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
    return verify.main(words)
