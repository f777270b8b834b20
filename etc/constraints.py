"""Print the [versions] of versions.cfg as constraints for pip and uv."""

import configparser
import pathlib
import sys

VERSIONS = pathlib.Path(__file__).resolve().parent.parent / "versions.cfg"


def read_versions(path: pathlib.Path = VERSIONS) -> dict[str, str]:
    """Return the pinned version of every distribution, in the order of the file."""
    parser = configparser.ConfigParser(delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path, encoding="utf-8")
    return dict(parser["versions"])


if __name__ == "__main__":
    for name, version in read_versions().items():
        sys.stdout.write(f"{name}=={version}\n")
