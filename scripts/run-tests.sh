#!/bin/bash
# Run the tests and say at the end how many passed and failed.
#
#	scripts/run-tests.sh check|verify|qemu|all|bench|lint [BUILD_DIR]
#
# check is what needs neither QEMU nor root: layers, types, unit tests under
# the sanitizers, the fuzzers' corpora, the subcommands on this host. all adds
# both architectures' images and every QEMU test (qemu is these alone), and
# verify: broken signed images in great numbers, and EDK2's opinion. A test
# that is skipped says so and is counted; with CI=true in the environment it is
# a failure. PYTEST_ARGS go to pytest, e.g. PYTEST_ARGS='-k uki'.
set -u
cd "$(dirname "$0")/.." || exit 2
. scripts/lib.sh

what=${1:-all}
out=${2:-build}
log=$out/test-logs
mkdir -p "$log"
passed=0 failed=0 skipped=0
pytest=(/usr/bin/python3 -m pytest -q -p no:cacheprovider)

count() { # OK|FAIL NAME [FILE]
	if [ "$1" = OK ]; then
		passed=$((passed + 1))
		printf 'ok      %s\n' "$2"
	else
		failed=$((failed + 1))
		printf 'FAILED  %s\n' "$2"
		[ -z "${3:-}" ] || sed 's/^/        /' "$3" | tail -n 40
	fi
}

one() { # NAME COMMAND...: one test that is a command
	local name=$1 file
	file=$log/$(printf %s "$1" | tr -c 'a-zA-Z0-9_.-' _).log
	shift
	if "$@" > "$file" 2>&1; then
		count OK "$name"
	else
		count FAIL "$name" "$file"
	fi
}

# The programs under test trust keys that nothing else does.
must_build() { # TARGET...: without it nothing else makes sense
	if ! scripts/test-keys.sh "$out"; then
		count FAIL "keys for the tests"
		finish
	fi
	if ! make --no-print-directory O="$out" WERROR="${WERROR:-1}" \
		KEYS="$out/test-keys/keys" -j"$(nproc)" "$@"; then
		count FAIL "build of $*"
		finish
	fi
}

run_unit() { # every cmocka test counts
	local binary name file status good bad
	for binary in tests/unit/test_*.c; do
		name=$(basename "$binary" .c)
		file=$log/$name.log
		CMOCKA_MESSAGE_OUTPUT=TAP "$out/host/unit/$name" > "$file" 2>&1
		status=$?
		good=$(grep -c '^ok ' "$file")
		bad=$(grep -c '^not ok ' "$file")
		skipped=$((skipped + $(grep -c '^ok .*# SKIP' "$file")))
		passed=$((passed + good - $(grep -c '^ok .*# SKIP' "$file")))
		failed=$((failed + bad))
		if [ "$status" -ne 0 ] || [ "$bad" -ne 0 ] || [ "$good" -eq 0 ]; then
			[ "$bad" -ne 0 ] || failed=$((failed + 1))
			printf 'FAILED  %s (exit status %d)\n' "$name" "$status"
			grep -v '^ok ' "$file" | tail -n 40 | sed 's/^/        /'
		else
			printf 'ok      %s: %d tests\n' "$name" "$good"
		fi
	done
}

run_corpora() {
	local target name
	for target in tests/fuzz/fuzz_*.c; do
		name=$(basename "$target" .c)
		[ "$name" != fuzz_main ] || continue
		one "$name: corpus" "$out/host/fuzz/$name" \
			"tests/fuzz/corpus/${name#fuzz_}"
	done
}

run_pytest() { # FOLDER ARGS...
	local folder=$1 xml status counts good bad skip
	xml=$log/$(basename "$folder").xml
	shift
	rm -f "$xml"
	# shellcheck disable=SC2086 # PYTEST_ARGS is a list of words
	KEELBOOT_BUILD=$out "${pytest[@]}" "$folder" --junitxml="$xml" "$@" \
		${PYTEST_ARGS:-}
	status=$?
	counts=$(/usr/bin/python3 - "$xml" <<-'END'
	import sys, xml.etree.ElementTree as tree
	try:
	    s = next(tree.parse(sys.argv[1]).getroot().iter("testsuite"))
	    bad = int(s.get("failures")) + int(s.get("errors"))
	    skip = int(s.get("skipped"))
	    print(int(s.get("tests")) - bad - skip, bad, skip)
	except (OSError, StopIteration, tree.ParseError):
	    print(0, 1, 0)
	END
	)
	read -r good bad skip <<< "$counts"
	if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
		bad=1
	fi
	passed=$((passed + good)) failed=$((failed + bad))
	skipped=$((skipped + skip))
}

run_lint() {
	one "layers hold" scripts/check-layers.sh
	one "layers: an upward include is found" scripts/check-layers-test.sh
	one "C is formatted" sh -c 'find boot tests tools -name "*.[ch]" |
		xargs clang-format --dry-run -Werror'
	# shellcheck disable=SC2046 # names without blanks
	one "scripts pass shellcheck" shellcheck -x -P scripts scripts/*.sh \
		.ci/run $(find tests -name '*.sh') \
		dist/initramfs-tools/scripts/init-bottom/keelboot
	one "manual pages are well-formed" sh -c \
		'mandoc -T lint -W warning docs/man/*.[0-9]'
}

prepare_check() {
	must_build unit-build "$out/host/mutate"
	must_build ARCH=x86_64 binary menus
}

run_check() {
	prepare_check
	run_lint
	one "misuse of the types does not compile" scripts/check-types.sh
	run_unit
	run_corpora
	run_pytest tests/host -n "$(nproc)"
}

# The great numbers of broken images, and the reference firmware's verdicts.
run_verify() {
	must_build ARCH=x86_64 binary mutate
	run_pytest tests/mutate
	run_pytest tests/edk2
}

run_qemu() {
	for arch in x86_64 aarch64; do
		must_build ARCH="$arch" binary "$out/$arch/test/kexec_probe"
	done
	must_build ARCH=x86_64 "$out/x86_64/test/write_rounds"
	for arch in x86_64 aarch64; do
		one "two builds of the $arch image are the same" \
			scripts/check-reproducible.sh "$arch" \
			"$out/test-keys/keys"
	done
	one "test images are there" scripts/test-assets.sh "$out"
	run_pytest tests/qemu -n "$(nproc)"
}

finish() {
	[ "${CI:-}" != true ] || [ "$skipped" -eq 0 ] || {
		echo "FAILED  $skipped tests were skipped, which CI does not allow"
		failed=$((failed + 1))
	}
	if [ "$skipped" -ne 0 ]; then
		echo "$passed passed, $failed failed, $skipped skipped"
	else
		echo "$passed passed, $failed failed"
	fi
	[ "$failed" -eq 0 ]
	exit
}

case $what in
check) run_check ;;
all)
	must_build ARCH=aarch64 binary
	run_check
	run_verify
	run_qemu
	;;
verify) run_verify ;;
qemu) run_qemu ;;
lint) run_lint ;;
bench)
	must_build ARCH=x86_64 initramfs bench-build
	must_build ARCH=aarch64 initramfs
	for bench in size unpack verify boot disks console net; do
		one "$bench" "tests/bench/$bench.sh" "$out"
		cat "$log/$bench.log"
	done
	;;
*) die "usage: run-tests.sh check|verify|qemu|all|bench|lint \
[BUILD_DIR]" ;;
esac
finish
