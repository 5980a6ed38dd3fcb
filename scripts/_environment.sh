# Sourced by the other scripts: `make_environment LOCK` leaves the locked packages in .venv of the project, which is $project.

# What Python compiles belongs into .venv, too: without it, every command takes seconds more.
unset PYTHONDONTWRITEBYTECODE
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

make_environment() {
  local python=$project/.venv/bin/python
  if ! "$python" -I -S -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$(find_python)
  fi
  "$python" -I -S "$project/scripts/_environment.py" "$1"
}

find_python() {
  local name
  for name in python3.13 python3.12 python3.11 python3.14 python3; do
    if "$name" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
  echo "error: no Python >= 3.11 with its venv module on PATH (tried python3.11 to python3.14 and python3)." >&2
  echo "Install one (Debian: apt install python3 python3-venv; macOS: brew install python) and try again." >&2
  exit 2
}

for argument in "$@"; do
  if [ "$argument" = --offline ]; then export GROUNDWORK_OFFLINE=1; fi
done
