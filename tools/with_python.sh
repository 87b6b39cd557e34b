#!/bin/sh
# Runs one of the project's scripts with a Python that the project supports:
#
#     sh tools/with_python.sh tools/setup_env.py [argument ...]
#
# The variable PYTHON names the interpreter; without it the usual names are tried in turn. Only
# built-in commands of the shell are used, for nothing else can be taken for granted here.
set -u

# Starting a candidate is the only safe test: a version manager's stand-in may exist and do nothing.
# Exit 3 is a version we do not support, 4 a Python that cannot make environments.
probe='
import sys
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(3)
from importlib.util import find_spec
if not (find_spec("venv") and find_spec("ensurepip")):
    sys.exit(4)
'
without_venv=''

fits() {
    "$1" -c "$probe" >/dev/null 2>&1
    status=$?
    [ "$status" -ne 4 ] || without_venv=${without_venv:-$1}
    return "$status"
}

if [ -n "${PYTHON:-}" ]; then
    if fits "$PYTHON"; then exec "$PYTHON" "$@"; fi
else
    for candidate in python3 python3.13 python3.12 python3.11 python; do
        if fits "$candidate"; then exec "$candidate" "$@"; fi
    done
fi

if [ -n "$without_venv" ]; then
    echo "learnscope: $without_venv lacks the modules venv and ensurepip: install them" \
        "(on Debian and Ubuntu: apt-get install python3-venv), then run make again." >&2
elif [ -n "${PYTHON:-}" ]; then
    echo "learnscope: PYTHON=$PYTHON is not a working Python 3.11, 3.12 or 3.13: name one," \
        "or leave PYTHON away to have one looked for." >&2
else
    echo "learnscope: needs Python 3.11, 3.12 or 3.13 and finds none: install one, or name it" \
        "(make run PYTHON=/path/to/python3.12)." >&2
fi
exit 1
