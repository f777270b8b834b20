"""The operator's command `yitang`: one table of subcommands, one place that reports failures.

A subcommand is a module of this package with `configure(parser)` and `run(arguments)`; run may
return an exit status. Its module is imported only when it is asked for.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path

from portal.errors import ConfigurationError, PortalError

COMMANDS = {
    "serve": "start web, worker, clock, broker and ingest together",
    "run": "run one of the processes of serve in the foreground",
    "init": "create an empty site and its first administrator",
    "import-register": "import a building register from a spreadsheet",
    "demo": "play a whole owners' meeting and leave a site to look at",
    "verify": "verify a result package or the audit chain",
    "witness": "keep the heads of a log and check that it only grows",
    "backup": "write a consistent copy of databases and files",
    "restore": "put a backup back",
    "check": "check the object database, the audit chain and the logs",
    "reindex": "make the index of the search anew from the stored objects",
    "evolve": "bring stored objects up to the installed release",
    "user": "list, create and lock accounts",
    "trustee": "make, try or hand in the key of a trustee of the ballots",
}
DEFAULT_INI = "etc/development.ini"
FAILURE, MISUSE = 1, 2


def command_module(name: str) -> str:
    """Return the dotted name of the module that holds a subcommand."""
    return "portal.scripts." + name.replace("-", "_")


def available_commands() -> dict[str, str]:
    """Return name and help of the subcommands whose module is there."""
    return {
        name: text
        for name, text in COMMANDS.items()
        if importlib.util.find_spec(command_module(name)) is not None
    }


def build_parser(wanted: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser; only subcommands named in `wanted` are imported and configured."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--ini", default=argparse.SUPPRESS, help="settings file")
    shared.add_argument(
        "--debug", action="store_true", default=argparse.SUPPRESS, help="show tracebacks"
    )
    parser = argparse.ArgumentParser(
        prog="yitang",
        description="Yitang 议堂, the portal of owners' assemblies.",
        parents=[shared],
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, help_text in available_commands().items():
        sub = commands.add_parser(
            name, help=help_text, description=help_text.capitalize() + ".", parents=[shared]
        )
        if name in wanted:
            importlib.import_module(command_module(name)).configure(sub)
    return parser


def default_ini() -> str:
    """Return the settings file to use when none is named: YITANG_INI, else the development one."""
    named = os.environ.get("YITANG_INI")
    if named:
        return named
    if Path(DEFAULT_INI).exists():
        return DEFAULT_INI
    # An editable installation is started from any directory.
    return str(Path(__file__).resolve().parent.parent.parent / DEFAULT_INI)


def explain(error: BaseException) -> str:
    """Return one line that says what went wrong."""
    text = " ".join(str(error).split())
    if isinstance(error, (PortalError, ConfigurationError)):
        return text
    if isinstance(error, OSError) and error.strerror:
        name = f": {error.filename}" if error.filename else ""
        return f"{error.strerror}{name}"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def run_command(words: list[str]) -> int | None:
    """Run the subcommand that the words name."""
    arguments = build_parser(words).parse_args(words)
    arguments.ini = str(Path(getattr(arguments, "ini", None) or default_ini()).resolve())
    # Children and the task application read the same settings.
    os.environ["YITANG_INI"] = arguments.ini
    return importlib.import_module(command_module(arguments.command)).run(arguments)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand; return 0, 1 after a failure, 2 after a mistake in command or settings."""
    words = list(sys.argv[1:] if argv is None else argv)
    # Databases, keys, sockets and backups are for the account that runs the site only.
    os.umask(0o077)
    # Pyramid 1.10 and Substance D import pkg_resources; versions.cfg keeps it there.
    warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)
    try:
        status = run_command(words)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output went away, as in `yitang … | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILURE
    except Exception as error:  # noqa: BLE001 - the operator gets one line for every failure
        if "--debug" in words:
            traceback.print_exc()
        sys.stderr.write(f"yitang: {explain(error)}\n")
        return MISUSE if isinstance(error, ConfigurationError) else FAILURE
    return status or 0


if __name__ == "__main__":
    sys.exit(main())
