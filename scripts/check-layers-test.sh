#!/bin/sh
# The layer check must find what it is for: an upward include, a call of the
# system from a pure floor, a trusted span made outside of verify.c, and a kexec
# call outside of kexec_syscall.c, each put into a copy of the tree.
set -eu
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

refuses() { # WHAT FILE LINE
	rm -rf "$dir/tree"
	mkdir "$dir/tree"
	cp -r boot layers.txt "$dir/tree"
	scripts/check-layers.sh "$dir/tree" > /dev/null
	printf '%s\n' "$3" >> "$dir/tree/boot/$2"
	if scripts/check-layers.sh "$dir/tree" > /dev/null 2>&1; then
		echo "check-layers.sh did not find $1" >&2
		exit 1
	fi
	echo "found: $1"
}

refuses "an upward include" format/pe.c '#include "sys/blob.h"'
refuses "the menu below the menu" scan.c '#include "menu.h"'
refuses "an include across" ui/menu.c '#include "sys/console.h"'
refuses "an allocation in format/" format/pe.c 'static void *p(void) { return malloc(1); }'
refuses "BearSSL outside of trust/" menu.c '#include <bearssl.h>'
refuses "a forged trusted span" zboot_load.c \
	'static void f(struct span s) { g((struct trusted_span){ s, 0 }); }'
refuses "a kexec call" menu.c 'static void h(void) { syscall(SYS_kexec_load); }'
