#!/bin/sh
# The types are the law: programs that skip a step of
# raw_image -> verified_image -> loadable_kernel must not compile.
set -eu
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cc=${HOST_CC:-gcc}
flags="-std=gnu11 -D_GNU_SOURCE -iquote boot -c -o /dev/null
	-Werror=incompatible-pointer-types -Werror=int-conversion
	-Werror=discarded-qualifiers -Werror=unused-result"

program() { # BODY
	cat <<-END
	#include "base/text.h"
	#include "cmdline.h"
	#include "initrd.h"
	#include "kexec_syscall.h"
	#include "verify.h"
	#include "zboot_load.h"
	void f(struct raw_image *raw, struct verified_image *image,
	       struct loadable_kernel *kernel, struct load_request *request,
	       struct cmdline *line, struct initrd_plan *plan,
	       struct kexec_loaded *loaded, struct span bytes,
	       struct display *text, struct error *err);
	void f(struct raw_image *raw, struct verified_image *image,
	       struct loadable_kernel *kernel, struct load_request *request,
	       struct cmdline *line, struct initrd_plan *plan,
	       struct kexec_loaded *loaded, struct span bytes,
	       struct display *text, struct error *err)
	{
		$1
	}
	END
}

compiles() { # NAME BODY
	program "$2" > "$dir/t.c"
	# shellcheck disable=SC2086 # flags are words
	$cc $flags "$dir/t.c" 2> "$dir/errors" || {
		echo "does not compile, but should: $1" >&2
		cat "$dir/errors" >&2
		exit 1
	}
}

refuses() { # NAME BODY
	program "$2" > "$dir/t.c"
	# shellcheck disable=SC2086 # flags are words
	if $cc $flags "$dir/t.c" 2> /dev/null; then
		echo "compiles, but should not: $1" >&2
		exit 1
	fi
	echo "refused: $1"
}

compiles "the right way" '
	request->image = image;
	if (initrd_plan_add(plan, "x", verified_bytes(image), err) == OK &&
	    zboot_load(request, kernel, err) == OK)
		(void)!kexec_load_kernel(kernel, KEXEC_AUTO, loaded, err);'
refuses "loading what was not verified" 'request->image = raw;'
refuses "kexec of what was not unpacked" \
	'(void)!kexec_load_kernel(image, KEXEC_AUTO, loaded, err);'
refuses "kexec of raw bytes" \
	'(void)!kexec_load_kernel(raw, KEXEC_AUTO, loaded, err);'
refuses "raw bytes where trusted ones are wanted" \
	'(void)!initrd_plan_add(plan, "x", bytes, err);'
refuses "a forged verified manifest" 'struct verified_manifest forged;'
refuses "a raw image for a manifest" '(void)!verify_manifest_end(raw, err);'
refuses "a forged verified image" 'struct verified_image forged;'
refuses "looking into a verified image" 'bytes = image->raw.blob.bytes;'
refuses "a display string in a command line" \
	'(void)!cmdline_add(line, "x", *text, err);'
refuses "an ignored verdict" 'struct verified_image *v;
	verify_image(raw, NULL, &v, err); (void)v;'
