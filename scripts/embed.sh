#!/bin/sh
# embed.sh NAME FILE: prints C source that holds FILE as `NAME` and `NAME_len`.
set -eu
[ $# -eq 2 ] || { echo "usage: embed.sh NAME FILE" >&2; exit 2; }
printf '#include "builtin.h"\n\nconst unsigned char %s[] = {\n' "$1"
od -An -v -tu1 "$2" | sed 's/  */ /g; s/^ //; s/ /, /g; s/$/,/; s/^/\t/'
printf '\t0\n};\nconst unsigned long %s_len = sizeof(%s) - 1;\n' "$1" "$1"
