"""`yitang backup FOLDER`: a consistent copy of databases and files, with a list of digests.

The keys are not in it: a copy of both together would undo the encryption. They are copied by
hand to another place, those of the meetings again after each opening of a vote.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from portal import clock
from portal.audit_log import ANCHOR_NAME
from portal.errors import ConfigurationError
from portal.scripts.processes import Site, load_site

MANIFEST = "manifest.json"
DATABASES = ("Data.fs", "Audit.fs")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("folder", type=Path, help="an empty or new folder for this backup")


def run(arguments: argparse.Namespace) -> None:
    """Copy everything; the site may be running."""
    site = load_site(arguments.ini)
    folder = arguments.folder.resolve()
    if folder.exists() and any(folder.iterdir()):
        raise ConfigurationError(f"{folder} is not empty; a backup never overwrites.")
    source = site.var / "db"
    if not (source / DATABASES[0]).exists():
        raise ConfigurationError(
            f"There is no {source / DATABASES[0]}. PostgreSQL is backed up by its own tools."
        )
    copy_site(site, folder)
    digests = write_manifest(folder)
    sys.stdout.write(f"Backed up {len(digests)} files to {folder}.\n")
    sys.stdout.write(
        "The keys are not in it; keep a copy of them in another place, and copy keys/meetings/\n"
        "again whenever a vote has opened: each vote has a key of its own.\n"
    )


def copy_site(site: Site, folder: Path) -> None:
    """Copy databases first and what they refer to after, so that nothing referred to is missing."""
    from ZODB.scripts import repozo

    (folder / "db").mkdir(parents=True)
    anchor = site.var / ANCHOR_NAME
    if anchor.exists():
        # Before the log, which can only grow: every line of the copy must fit the copied log.
        shutil.copy2(anchor, folder / ANCHOR_NAME)
    for name in reversed(DATABASES):
        if (site.var / "db" / name).exists():
            (folder / "db" / name).mkdir()
            file = str(site.var / "db" / name)
            repozo.main(["-B", "-F", "-r", str(folder / "db" / name), "-f", file])
    blobs = site.var / "db" / "blobs"
    if blobs.exists():
        shutil.copytree(
            blobs, folder / "db" / "blobs", ignore=shutil.ignore_patterns("*.lock", "tmp")
        )
    for path in sorted(site.var.rglob("*.sqlite")):
        target = folder / path.relative_to(site.var)
        target.parent.mkdir(parents=True, exist_ok=True)
        # SQLite's own backup copies a database in use as it is at one instant.
        with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)


def write_manifest(folder: Path) -> dict[str, str]:
    """Write the digests of all files of a backup and return them."""
    digests = {
        str(path.relative_to(folder)): sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }
    record = {"made_at": clock.now().isoformat(), "files": digests}
    (folder / MANIFEST).write_text(json.dumps(record, indent=1), "utf-8")
    return digests


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
