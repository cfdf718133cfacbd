#!/bin/sh
# Runs the first Python on the path that the course supports: 3.11 to 3.13.
for candidate in python3.11 python3.12 python3.13 python3; do
  if command -v "$candidate" >/dev/null 2>&1 &&
     "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))'; then
    exec "$candidate" "$@"
  fi
done
echo "No Python 3.11 to 3.13 was found: install it with sudo apt-get install python3" >&2
exit 1
