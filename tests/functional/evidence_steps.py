"""Packages of a vote and what is in them."""

import io
import zipfile

from content_types.meeting import packages
from portal.evidence.verify import verify
from tests.functional.assembly import meeting_of


def package(voting, level):
    return voting.site.run(
        lambda request: packages.package(meeting_of(request), level, request.registry)
    )


def statuses(data):
    report = verify(data)
    assert report.ok, report.text()
    return {check["name"]: check["status"] for check in report.checks}, report


def archive_files(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
