#!/bin/sh
# Fetch programs of one Debian suite that the tests ask for their opinion, or
# have make what an installed system has:
#
#	scripts/fetch-tools.sh systemd-262|ukify-262|stub-262
#	scripts/fetch-tools.sh grub-2.06|grub-2.14
#
# systemd: bootctl and kernel-install, ukify: ukify, stub: no program but
# systemd-boot and the stubs for x86_64, all of sid. grub: grub-editenv and
# grub-script-check, of bookworm or sid. The last line of output names a
# directory: bin has the programs, which run with libraries of their own,
# whatever this machine has; root is what the packages have (and so the scripts
# that kernel-install and grub-mkconfig run); version says which version they
# are: sid moves on. Nothing is installed.
#
# What is there is not fetched again, and the network not asked.
set -eu
. "$(dirname "$0")/lib.sh"

usage() {
	sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

[ $# = 1 ] || usage
kind=$1
grub_libraries="libdevmapper1.02.1 libselinux1 libpcre2-8-0 libudev1 liblzma5"
case $kind in
systemd-262) suite=sid packages="systemd systemd-boot-tools libsystemd-shared" ;;
grub-2.06) suite=bookworm packages="grub-common $grub_libraries" ;;
grub-2.14)
	suite=sid
	packages="grub-common grub2-common $grub_libraries"
	;;
ukify-262) suite=sid packages="systemd-ukify python3-pefile" ;;
stub-262) suite=sid packages=systemd-boot-efi ;;
*) usage ;;
esac
case $kind in
systemd-*) programs='bootctl kernel-install' ;;
grub-*) programs='grub-editenv grub-script-check' ;;
ukify-*) programs=ukify ;;
stub-*) programs='' ;;
esac
case $kind in
systemd-* | grub-*) packages="$packages libc6 libcap2 libgcc-s1" ;;
esac
out=$(cache_dir)/fetch/tools-$kind
work=$(cache_dir)/fetch/tools-$kind.new

# put_program NAME: started by its own suite's dynamic loader.
put_program() {
	[ -f "$work/tools/root/usr/bin/$1" ] ||
		die "unable to find $1 among the packages of $kind: Debian" \
			"has moved it"
	cat >"$work/tools/bin/$1" <<-'END'
		#!/bin/sh
		root=$(dirname "$(readlink -f "$0")")/../root
		lib=x86_64-linux-gnu
		path=$root/usr/lib/$lib:$root/lib/$lib:$root/usr/lib/$lib/systemd
		if [ "${0##*/}" = ukify ]; then
			export PYTHONPATH="$root/usr/lib/python3/dist-packages"
			exec /usr/bin/python3 -B "$root/usr/bin/ukify" "$@"
		fi
		for loader in "$root/usr/lib/$lib" "$root/lib/$lib"; do
			[ ! -x "$loader/ld-linux-x86-64.so.2" ] ||
				exec "$loader/ld-linux-x86-64.so.2" \
					--library-path "$path" --argv0 \
					"${0##*/}" "$root/usr/bin/${0##*/}" \
					"$@"
		done
		echo "${0##*/}: there is no dynamic loader in $root" >&2
		exit 1
	END
	chmod 755 "$work/tools/bin/$1"
}

fetch_tools() (
	[ ! -d "$out" ] || exit 0
	rm -rf "$work"
	mkdir -p "$work/deb" "$work/tools/bin"
	for package in $packages; do
		deb=$(fetch_deb "$suite" "$package:amd64" "$work/deb")
		extract_deb "$deb" "$work/tools/root"
		[ -e "$work/tools/version" ] ||
			dpkg-deb -f "$deb" Version >"$work/tools/version"
	done
	rm -rf "$work/tools/root/usr/share/doc" \
		"$work/tools/root/usr/share/man" \
		"$work/tools/root/usr/share/locale"
	for program in $programs; do
		put_program "$program"
	done
	publish_dir "$work/tools" "$out"
	rm -rf "$work"
)

need_tools dpkg-deb
[ -d "$out" ] || with_lock "fetch.tools-$kind" fetch_tools
printf '%s\n' "$out"
