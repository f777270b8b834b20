#!/bin/sh
# Bootstrap bin/buildout with the pinned zc.buildout and setuptools, then build the site.
set -eu
cd "$(dirname "$0")/.."
fail() { printf 'build: %s\n' "$*" >&2; exit 1; }

home=parts/buildout
if [ ! -x bin/buildout ] || ! bin/buildout --version >/dev/null 2>&1; then
    python=
    for candidate in ${PYTHON:-} .venv/bin/python python3.12 python3.13 python3.11 python3; do
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
            2>/dev/null; then python=$candidate; break; fi
    done
    [ -n "$python" ] || fail "needs Python 3.11, 3.12 or 3.13 with venv"
    rm -rf "$home"
    mkdir -p parts
    "$python" -m venv "$home"
    "$home/bin/python" etc/constraints.py >"$home/constraints.txt"
    "$home/bin/python" -m pip install -q --disable-pip-version-check -c "$home/constraints.txt" \
        zc.buildout setuptools wheel pip || fail "pip could not install zc.buildout, see above"
    "$home/bin/buildout" -c buildout.cfg bootstrap
fi
bin/buildout "$@"
# What the pages load: message catalogues and front-end packages.
bin/python etc/i18n.py compile
bin/python etc/frontend.py
