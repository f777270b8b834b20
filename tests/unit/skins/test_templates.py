"""What every template keeps: no inline code, known icons, translated texts."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = sorted(
    path
    for pattern in ("skins/default/*.pt", "skins/forms/**/*.pt", "plugins/*/*/**/*.pt")
    for path in ROOT.glob(pattern)
)
ICONS = set((ROOT / "skins" / "icons.txt").read_text("utf-8").split())


def test_no_template_holds_inline_style_or_script():
    bad = [
        (path.name, found.group())
        for path in TEMPLATES
        for found in re.finditer(
            r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=\"|javascript:",
            path.read_text("utf-8"),
        )
    ]
    assert bad == []


def test_every_icon_named_in_a_template_is_in_the_sprite():
    missing = set()
    for path in TEMPLATES:
        text = path.read_text("utf-8")
        names = re.findall(r"\$\{sprite\}#([a-z0-9-]+)", text)
        names += re.findall(r"\bicon '([a-z0-9-]+)'", text)
        names += re.findall(r"'icon': '([a-z0-9-]+)'", text)
        missing |= {(path.name, name) for name in names if name not in ICONS}
    for path in ROOT.glob("[pc]*/**/*.py"):
        names = re.findall(r"\"icon\": \"([a-z0-9-]+)\"", path.read_text("utf-8"))
        missing |= {(path.name, name) for name in names if name not in ICONS}
    assert missing == set()


def test_every_post_form_carries_the_token():
    bad = []
    for path in (ROOT / "skins" / "default").glob("*.pt"):
        forms = re.findall(r"<form\b.*?</form>", path.read_text("utf-8"), re.DOTALL)
        # The review of a ballot repeats the fields of the first step, the token among them.
        bad += [
            path.name
            for form in forms
            if 'method="post"' in form.split(">")[0]
            and "csrf_token" not in form
            and "(name, value) hidden" not in form
        ]
    assert [name for name in bad if name != "styleguide.pt"] == []
