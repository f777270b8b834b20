"""What became of a package's version since it was made (结果版本状态): only its site can tell."""

from __future__ import annotations

from typing import Any

from portal.evidence.verifier.package import Package
from portal.evidence.verifier.report import MALFORMED, ProblemError


def standing_of(data: bytes, request: Any) -> str:
    """Say what became of the version in a package, nothing for one in force or not of this site.

    The content types say it (``registry.standing_of_package``); the package is not verified here.
    """
    if data[:1] == b"{":
        return ""
    try:
        _, _, record = Package(data).record("result")
        return str(request.registry.standing_of_package(request, record))
    except (ProblemError, *MALFORMED):
        return ""
