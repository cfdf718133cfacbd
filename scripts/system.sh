#!/bin/sh
# Installs the Debian packages that are missing, or says which command does.
set -eu

missing=""
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need bwrap bubblewrap          # runs submissions apart
need chromium chromium         # tests the built pages
need pdfunite poppler-utils    # reads the PDF in tests
need node nodejs               # front-end files
need npm npm
need git git
need openssl openssl           # tests: a key for workers
/sbin/ldconfig -p 2>/dev/null | grep -q 'libseccomp\.so\.2' ||
  missing="$missing libseccomp2" # writes the filter of system calls
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"  # tests
scripts/python.sh -c 'import venv, ensurepip' >/dev/null 2>&1 || missing="$missing python3-venv"

[ -z "$missing" ] && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "Installing:$missing"
  apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
  echo "These packages are missing:$missing" >&2
  echo "Install them with: sudo apt-get install$missing" >&2
  exit 1
fi
