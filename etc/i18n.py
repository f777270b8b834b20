"""Compile and check the message catalogues.

Messages stand in ``skins/locale/messages/<area>.yaml`` (and ``plugins/*/*/locale/<area>.yaml``),
one line per id: ``login.title: [登录, Log in]``. ``compile`` writes the binary catalogues the
portal reads; ``check`` lists ids that pages or code use and no file explains, and ids that stand
in two files. The Chinese text may also stand as the default in a template; English may not.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import yaml
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "skins" / "locale"
LANGUAGES = ("zh_CN", "en")
# Ids of these domains are the English originals of the libraries, so only Chinese is needed.
LIBRARY_DOMAINS = ("colander", "deform")

ID = r"[a-z0-9_]+(?:\.[a-zA-Z0-9_]+)+"
IN_TEMPLATE = re.compile(rf'i18n:translate="({ID})"')
IN_ATTRIBUTES = re.compile(r'i18n:attributes="([^"]+)"')
IN_CALL = re.compile(
    rf"""(?:translate|message|PortalError|RuleError|Forbidden|NotFoundError|_)\(\s*["']({ID})["']"""
)


def sources() -> list[Path]:
    """Return the message files of the portal and of its plugins."""
    return sorted(LOCALE.glob("messages/*.yaml")) + sorted(ROOT.glob("plugins/*/*/locale/*.yaml"))


def load() -> tuple[dict[str, list[str]], dict[str, dict[str, str]], list[str]]:
    """Return messages by id, library messages by domain, and complaints."""
    messages: dict[str, list[str]] = {}
    library: dict[str, dict[str, str]] = {domain: {} for domain in LIBRARY_DOMAINS}
    complaints = []
    for path in sources():
        data = yaml.safe_load(path.read_text("utf-8")) or {}
        if path.stem in LIBRARY_DOMAINS:
            library[path.stem].update(data)
            continue
        for key, texts in data.items():
            if key in messages:
                complaints.append(f"{path.name}: {key} stands in another file too")
            if not isinstance(texts, list) or len(texts) != len(LANGUAGES) or not all(texts):
                complaints.append(f"{path.name}: {key} needs a Chinese and an English text")
                continue
            messages[key] = [str(text) for text in texts]
    return messages, library, complaints


def used() -> Iterator[tuple[str, Path]]:
    """Yield every message id written out in a template or in code."""
    for path in (*ROOT.glob("skins/*/*.pt"), *ROOT.glob("plugins/*/*/**/*.pt")):
        text = path.read_text("utf-8")
        named = [
            word for group in IN_ATTRIBUTES.findall(text) for word in re.split(r"[;\s]+", group)
        ]
        attribute_ids = [word for word in named if re.fullmatch(ID, word)]
        for found in (*IN_TEMPLATE.findall(text), *IN_CALL.findall(text), *attribute_ids):
            yield found, path
    for folder in ("portal", "content_types", "plugins"):
        for path in (ROOT / folder).rglob("*.py"):
            if "tests" not in path.parts:
                for found in IN_CALL.findall(path.read_text("utf-8")):
                    yield found, path


def compile_all() -> None:
    """Write the binary catalogues of every language and domain."""
    messages, library, _ = load()
    for number, language in enumerate(LANGUAGES):
        folder = LOCALE / language / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "portal.mo", language, {k: v[number] for k, v in messages.items()})
        if language == "zh_CN":
            for domain, texts in library.items():
                _write(folder / f"{domain}.mo", language, texts)


def _write(path: Path, language: str, texts: dict[str, str]) -> None:
    catalog = Catalog(locale=language)
    for key, text in sorted(texts.items()):
        catalog.add(key, text)
    out = BytesIO()
    write_mo(out, catalog)
    if not path.exists() or path.read_bytes() != out.getvalue():
        path.write_bytes(out.getvalue())


def check() -> list[str]:
    """Return what is missing or written twice."""
    messages, _, complaints = load()
    missing: dict[str, set[str]] = {}
    for key, path in used():
        if key not in messages:
            missing.setdefault(key, set()).add(str(path.relative_to(ROOT)))
    for key, places in sorted(missing.items()):
        complaints.append(f"no text for {key} (used in {', '.join(sorted(places))})")
    return complaints


if __name__ == "__main__":
    command = sys.argv[1] if len(sys.argv) > 1 else "compile"
    if command == "compile":
        compile_all()
    elif command == "check":
        problems = check()
        print("\n".join(problems) or "All messages are translated.")
        sys.exit(1 if problems else 0)
    else:
        sys.exit(f"unknown command {command!r}: use compile or check")
