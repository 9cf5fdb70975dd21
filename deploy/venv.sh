#!/usr/bin/env bash
# venv.sh PYTHON REQUIREMENTS...
# Makes .venv here if it is not there, and installs the requirements, each package checked by its hash.
set -euo pipefail
python=$1
shift
die() { printf 'setup: %s\n' "$1" >&2; exit 1; }

command -v "$python" >/dev/null || die "\"$python\" is not there: install Python 3.11 or newer, or name yours with PYTHON=…."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
  || die "$("$python" --version) is too old: install Python 3.11 or newer, or name it with PYTHON=…."
"$python" -c 'import venv, ensurepip' 2>/dev/null \
  || die "this Python has no venv module: install it (on Debian and Ubuntu: apt-get install python3-venv)."
[ -w . ] || die "the folder $PWD can't be written: go to one that you may write in."
if ! [ -x .venv/bin/python ]; then
  rm -rf .venv
  "$python" -m venv .venv || die "no virtual environment could be made in $PWD/.venv; the lines above say why."
fi
for requirements in "$@"; do
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$requirements" \
    || die "the packages of $requirements could not be installed; the lines above say why."
done
