"""`yitang restore FOLDER`: put a backup back into an empty place, after checking every digest."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

from portal.audit_log import ANCHOR_NAME, AuditLog, read_anchors, verify, write_anchor
from portal.errors import ConfigurationError
from portal.scripts.backup import DATABASES, MANIFEST, sha256
from portal.scripts.processes import Site, database_running, load_site


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("folder", type=Path, help="a folder that `yitang backup` wrote")


def run(arguments: argparse.Namespace) -> None:
    """Restore; the site must be stopped and its database folder empty."""
    site = load_site(arguments.ini)
    folder = arguments.folder.resolve()
    target = site.var / "db"
    if target.exists() and any(target.iterdir()):
        raise ConfigurationError(f"{target} is not empty; move it away first.")
    check_manifest(folder)
    target.mkdir(parents=True, exist_ok=True)
    put_back(folder, site.var)
    _restart_audit(site, folder)
    sys.stdout.write(f"Restored {folder} into {site.var}. Run `yitang check` now.\n")


def check_manifest(folder: Path) -> None:
    """Compare every file with its digest; raises ConfigurationError naming the first difference."""
    try:
        files = json.loads((folder / MANIFEST).read_text("utf-8"))["files"]
    except (OSError, ValueError, KeyError):
        raise ConfigurationError(f"{folder} holds no backup: {MANIFEST} is missing.") from None
    for name, digest in files.items():
        path = folder / name
        if not path.is_file() or sha256(path) != digest:
            raise ConfigurationError(f"The backup is damaged: {name} is missing or changed.")


def put_back(folder: Path, var: Path) -> None:
    """Rebuild the databases and copy the files."""
    from ZODB.scripts import repozo

    for name in DATABASES:
        source = folder / "db" / name
        if source.exists():
            repozo.main(["-R", "-r", str(source), "-o", str(var / "db" / name)])
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        kept = inside.parts[:2] == ("db", "blobs") or path.suffix == ".sqlite"
        if path.is_file() and kept:
            (var / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, var / inside)


def check_anchors(log: AuditLog, *files: Path) -> None:
    """Compare a restored log with what anchor files remember of it.

    A file may know a longer log than the copy holds, which is why it was restored; what both know
    must be the same. Raises ConfigurationError naming the first entry that is not.
    """
    for path in files:
        known = {n: head for n, head in read_anchors(path).items() if n <= log.count}
        fault = verify(log, known)
        if fault is not None:
            raise ConfigurationError(f"The restored audit log does not fit {path} at {fault}.")


def _restart_audit(site: Site, folder: Path) -> None:
    """Check the restored log and note in the anchor file that it goes on from this copy."""
    from pyramid.paster import get_app

    from portal import audit, jobs

    with database_running(site):
        registry = get_app(site.ini, "main").registry
        with jobs.environment(registry) as request:
            log = audit.log_of(request)
            check_anchors(log, folder / ANCHOR_NAME, audit.anchor_path(request))
            write_anchor(audit.anchor_path(request), log.count, log.head, "restored")
