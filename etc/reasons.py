"""Write docs/reasons.md: every reason for which the law refuses, from the one table of the code.

Codes come from ``portal.rules.vocabulary``, texts from the message catalogue, clauses from the
profiles. `--check` only says whether the page is current.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reasons.md"
sys.path[:0] = [str(ROOT), str(ROOT / "etc")]

import i18n  # noqa: E402

from portal.rules.profile_files import load_profiles  # noqa: E402
from portal.rules.vocabulary import REFUSAL_CODES  # noqa: E402

HEAD = """# Reason codes

Written by `etc/reasons.py --write`; do not edit. A refusal of the law has one machine code. Pages
show it as 原因代码, problem documents of the API carry it as `code`, `rights.list` as `reason`;
everywhere it comes with the text and with the clause of the meeting's profile. Other refusals
carry the id of their message as `code`.

"""


def page() -> str:
    """Return the table as Markdown."""
    messages, _, _ = i18n.load()
    profiles = load_profiles(ROOT / "workflows" / "profiles")
    names = sorted(profiles)
    columns = ["code", "text", "what to do", *names]
    lines = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    for code in REFUSAL_CODES:
        text = "<br>".join(messages[f"refusal.{code}"])
        advice = "<br>".join(messages.get(f"why.next.{code}", ()))
        clauses = [profiles[name].refusals[code].clause for name in names]
        lines.append(f"| `{code}` | {text} | {advice} | {' | '.join(clauses)} |")
    return HEAD + "\n".join(lines) + "\n"


def main() -> int:
    """Write or check the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--write", action="store_true")
    group.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.write:
        PAGE.write_text(page(), "utf-8")
        return 0
    if not PAGE.exists() or PAGE.read_text("utf-8") != page():
        sys.stderr.write("docs/reasons.md is out of date; run: make docs\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
