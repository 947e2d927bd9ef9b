#!/bin/bash
# Make the virtual environment PYTHON VENV; on Debian as root, first install what Python lacks for it.
set -u
python=$1 venv=$2
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "Jiahe needs Python 3.11 or later as '$python' (PYTHON=... names another) / 需要 Python 3.11 或更高版本" >&2
  exit 1
fi
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing python3-venv" >&2
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv; } >/dev/null 2>&1 </dev/null
  fi
  if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    echo "python3-venv is missing: sudo apt-get install python3-venv / 请先安装 python3-venv" >&2
    exit 1
  fi
fi
"$python" -m venv --clear "$venv"
