"""`yitang restore FOLDER`: put a backup back into an empty place, after checking every digest."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

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
    _restart_audit(site)
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


def _restart_audit(site: Site) -> None:
    """Note in the anchor file that the log goes on from the restored copy."""
    from pyramid.paster import get_app

    from portal import audit, jobs
    from portal.audit_log import write_anchor

    with database_running(site):
        registry = get_app(site.ini, "main").registry
        with jobs.environment(registry) as request:
            log = audit.log_of(request)
            write_anchor(audit.anchor_path(request), log.count, log.head, "restored")
