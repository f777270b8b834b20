"""Write docs/actions: one page for every step of every workflow.

A page says who may take the step, what must hold, what happens and which clause asks for it; all
of it comes from the workflow files, the guards, the subscribers and the message catalogues.
`--check` only says whether the pages are current.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "actions"
sys.path[:0] = [str(ROOT), str(ROOT / "etc")]

import compliance  # noqa: E402
import i18n  # noqa: E402

from portal import security, type_registry, workflow  # noqa: E402
from portal.app import configure  # noqa: E402
from portal.initialise import create_keys  # noqa: E402
from portal.rules.profile_files import load_profiles  # noqa: E402
from portal.workflow import SYSTEM, Definition, Transition  # noqa: E402

CLOCK = "the clock of the portal"
WORDS = {
    "everyone": "everybody",
    "authenticated": "everybody logged in",
    "creator": "its author",
    "addressee": "whom it is addressed to",
}


def start(folder: Path) -> None:
    """Read every workflow, guard and subscriber of the portal and its plugins."""
    create_keys(folder / "keys")
    config = configure(
        {
            "yitang.data": str(folder),
            "yitang.broker": "none",
            "yitang.plugins": " ".join(sorted(path.name for path in ROOT.glob("plugins/*"))),
        }
    )
    for database in dict.fromkeys(config.registry._zodb_databases.values()):  # noqa: SLF001
        database.close()


def both(messages: dict[str, list[str]], id_: str) -> str:
    """Return a text in both languages, or nothing."""
    return " · ".join(messages[id_]) if id_ in messages else ""


def first_line(thing: Any) -> str:
    """Return the first paragraph of a docstring as one line."""
    return " ".join((thing.__doc__ or "").strip().split("\n\n")[0].split())


def roles(wf: Definition, step: Transition) -> list[str]:
    """Return the roles that may take a step: by its state, its type, a place above, the site."""
    types = list(type_registry.TYPES.values())
    own = [cls for cls in types if cls.workflow_name == wf.name]
    rules = [wf.states[source] for source in step.sources]
    rules += [cls.access for cls in (*own, *types)] + [security.SITE_RULES]
    return [str(role) for role in next(r[step.permission] for r in rules if step.permission in r)]


def effects(name: str) -> list[str]:
    """Return what the subscribers of a transition say they do."""
    found = {}
    for module in list(sys.modules.values()):
        for thing in vars(module).values():
            if isinstance(thing, FunctionType) and name in getattr(thing, "transitions", ()):
                found[f"{thing.__module__}.{thing.__qualname__}"] = first_line(thing)
    return [found[key] for key in sorted(found)]


def cited(step: Transition) -> Iterator[tuple[str, str]]:
    """Yield where a clause of a step holds and the clause; each place may have its own."""
    if not step.clause.startswith(workflow.OF_THE_PLACE):
        found = [("", step.clause)]
    else:
        path = step.clause.removeprefix(workflow.OF_THE_PLACE)
        profiles = load_profiles(ROOT / "workflows" / "profiles").values()
        found = [(f" in {one.id}", one.clause_of(path)) for one in profiles]
    yield from (one for one in found if one[1])


def page(wf: Definition, step: Transition, messages: dict, clauses: dict) -> str:
    """Return the page of one step."""
    name = f"{wf.name}.{step.name}"

    def state(id_: str) -> str:
        return f"{both(messages, f'workflow.{wf.name}.{id_}')} (`{id_}`)"

    if step.permission == SYSTEM:
        who = CLOCK
    else:
        holders = (both(messages, f"role.{r}") or WORDS.get(r, r) for r in roles(wf, step))
        who = f"{', '.join(holders)}; permission `{step.permission}`"
    lines = [
        f"# {both(messages, f'workflow.{name}') or name}",
        "",
        "Written by `make docs`; do not edit.",
        "",
        f"- Step: `{name}`, {', '.join(map(state, step.sources))} → {state(step.target)}",
        f"- Who: {who}",
    ]
    if step.permission != SYSTEM:
        lines.append(f"- Comment: {step.comment}")
    for where, clause in cited(step):
        _force, rule = clauses.get(clause, ("", ""))
        lines.append(f"- Clause{where}: {clause}{': ' + rule if rule else ''}")
    if step.guards:
        lines += ["", "## What must hold", ""]
    for guard in step.guards:
        refusal = both(messages, f"guard.{guard}")
        said = first_line(workflow.guard_named(guard))
        lines.append(f"- `{guard}`: {said}{f' Otherwise: {refusal}' if refusal else ''}")
    lines += ["", "## What happens", ""]
    lines += [f"- {effect}" for effect in effects(name)]
    lines.append("- History and audit log get one line each.")
    return "\n".join(lines) + "\n"


def pages() -> Iterator[tuple[str, str]]:
    """Yield file name and text of every page, the index last."""
    messages, _library, _complaints = i18n.load()
    clauses = compliance.catalogue()
    index = [
        "# Steps of the workflows",
        "",
        "Written by `make docs`; do not edit. A step is the only way from one state to another.",
        "",
    ]
    for wf in sorted(workflow.definitions().values(), key=lambda wf: wf.name):
        index += [f"## {wf.name}", ""]
        for step in wf.transitions.values():
            file = f"{wf.name}.{step.name}.md"
            title = both(messages, f"workflow.{wf.name}.{step.name}")
            index.append(f"- [{step.name}]({file}) {title}".rstrip())
            yield file, page(wf, step, messages, clauses)
        index.append("")
    yield "README.md", "\n".join(index)


def main() -> int:
    """Write or check the pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true")
    mode.add_argument("--check", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        start(Path(folder))
    wanted = dict(pages())
    present = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
    if options.check:
        wrong = sorted(name for name, _ in wanted.items() ^ present.items())
        if wrong:
            sys.exit(f"actions: not current, run: make docs ({', '.join(dict.fromkeys(wrong))})")
        return 0
    FOLDER.mkdir(exist_ok=True)
    for name in present.keys() - wanted.keys():
        (FOLDER / name).unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main())
