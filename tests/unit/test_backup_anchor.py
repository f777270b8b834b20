"""The anchor of the audit log goes into the backup and catches a log that was changed in it."""

from __future__ import annotations

import pytest

from portal.audit_log import AuditLog, write_anchor
from portal.errors import ConfigurationError
from portal.scripts.restore import check_anchors


def log_of(count, word="act"):
    log = AuditLog()
    for number in range(count):
        log.append(
            f"{number:032x}",
            {"at": "2026-05-06T01:00:00+00:00", "actor": "a", "action": word, "path": "/"},
        )
    return log


def test_restored_log_may_be_shorter_than_the_anchor_but_never_another_one(tmp_path):
    anchor = tmp_path / "audit.anchor"
    for count in (3, 5, 9):
        log = log_of(count)
        write_anchor(anchor, log.count, log.head)
    check_anchors(log_of(5), anchor)
    check_anchors(log_of(9), anchor, tmp_path / "missing")
    with pytest.raises(ConfigurationError, match="does not fit"):
        check_anchors(log_of(5, "other"), anchor)


def test_backup_holds_the_anchor(tmp_path):
    from portal.scripts import backup
    from portal.scripts.processes import Site

    var, folder = tmp_path / "var", tmp_path / "backup"
    (var / "db").mkdir(parents=True)
    log = log_of(2)
    write_anchor(var / "audit.anchor", log.count, log.head)
    backup.copy_site(Site("", {"yitang.data": str(var)}, {}), folder)
    assert (folder / "audit.anchor").read_bytes() == (var / "audit.anchor").read_bytes()
    assert "audit.anchor" in backup.write_manifest(folder)
