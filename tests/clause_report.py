"""Pytest plugin: write which test proves which clause, and how it ended (`--clauses FILE`)."""

import json
from pathlib import Path

import pytest


def pytest_addoption(parser):
    parser.addoption("--clauses", metavar="FILE", help="write clauses, tests and outcomes as JSON")


def pytest_configure(config):
    if config.getoption("--clauses"):
        is_worker = hasattr(config, "workerinput")
        config.pluginmanager.register(ClauseReport(Path(config.getoption("--clauses")), is_worker))


def plain_name(nodeid):
    """The test without its parameters: one row for a test with a hundred examples."""
    return nodeid.partition("[")[0]


class ClauseReport:
    """Collects `clause` marks; a test that did not run stays `collected`.

    Where tests run side by side, each worker sends the marks along with its reports.
    """

    def __init__(self, path, is_worker):
        self.path = path
        self.is_worker = is_worker
        self.outcomes = {}
        self.clauses = {}

    def pytest_collection_modifyitems(self, items):
        for item in items:
            for mark in item.iter_markers("clause"):
                if not mark.args:
                    raise pytest.UsageError(f"{item.nodeid}: the clause mark names no clause")
                item.user_properties += [("clause", clause) for clause in mark.args]
                self.note(item)

    def note(self, test):
        """Take in the marks of a test or of a report about it."""
        name = plain_name(test.nodeid)
        for key, clause in test.user_properties:
            if key == "clause":
                self.clauses.setdefault(clause, set()).add(name)
                self.outcomes.setdefault(name, "collected")

    def pytest_runtest_logreport(self, report):
        self.note(report)
        name = plain_name(report.nodeid)
        if name not in self.outcomes or self.outcomes[name] == "failed":
            return
        if report.failed:
            self.outcomes[name] = "failed"
        elif report.when == "call":
            self.outcomes[name] = report.outcome

    def pytest_sessionfinish(self):
        if self.is_worker:
            return
        data = {clause: sorted(tests) for clause, tests in sorted(self.clauses.items())}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps({"clauses": data, "outcomes": self.outcomes}, indent=1))
