#!/bin/sh
# Install the Debian packages that a build, a run or a test needs, and only
# those that are missing: scripts/setup.sh [build|run|test]
#
# build is enough to make keelboot and its kernels, run adds QEMU and the
# tools that make disks, test (the default) adds what the tests compare
# with. Written for Debian 12. With nothing missing it takes no time and
# asks for no rights.
set -eu
. "$(dirname "$0")/lib.sh"

# A package stands in the first group that needs it. One line per subject.

list_build() {
	# the compiler for this machine, and make
	echo gcc make libc6-dev binutils linux-libc-dev
	# unpacking Debian sources, and their patches
	echo dpkg-dev patch xz-utils bzip2 ca-certificates
	# the initramfs: the packer, its compressor, modules of 6.12 and later
	echo python3 zstd kmod
	# the other architecture's compiler; the kernel headers are only
	# recommended by it, so they are named
	case $(dpkg --print-architecture) in
	arm64)
		echo gcc-x86-64-linux-gnu libc6-dev-amd64-cross
		echo linux-libc-dev-amd64-cross
		;;
	*)
		echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross
		echo linux-libc-dev-arm64-cross
		;;
	esac
	# kernels: their build's own tools
	echo flex bison bc libelf-dev libssl-dev cpio rsync
	# kernels: the six compressors of a zboot image; hexdump for its header
	echo lz4 lzop bsdextrautils
}

list_run() {
	# machines; ipxe-qemu has the ROMs without which no network card starts
	echo qemu-system-x86 qemu-system-arm ipxe-qemu
	# UEFI firmware
	echo ovmf qemu-efi-aarch64
	# disks: GPT, FAT and files in it without root
	echo fdisk mtools dosfstools
	# the stub that turns a kernel and an initramfs into a UKI
	echo systemd-boot-efi
	# keys, signatures of images and manifests
	echo openssl sbsigntool
}

list_test() {
	# unit tests
	echo libcmocka-dev
	# the libraries of deps.sh once more for programs under the sanitizers,
	# which need glibc
	echo zlib1g-dev libzstd-dev liblzma-dev liblz4-dev liblzo2-dev
	echo libfdt-dev libbearssl-dev
	# fuzz targets and sanitizers
	echo clang libclang-rt-14-dev
	# style of C, scripts and manual pages
	echo clang-format shellcheck mandoc
	# host tests
	echo python3-pytest python3-pytest-xdist python3-pyte tmux
	# networks of the tests' own: ip, servers, another client
	echo iproute2 busybox-static nginx dnsmasq-base curl procps
	# fincore: what of a file is in the page cache, for the benchmarks
	echo util-linux-extra
	# programs of the other architecture on this machine
	echo qemu-user-static
	# independent readers of GPT and device trees
	echo gdisk device-tree-compiler
	# file systems of installed systems, made without mounting them
	echo e2fsprogs btrfs-progs
	# signing images, in every way that people do
	echo sbsigntool osslsigncode pesign libnss3-tools openssl
	echo python3-cryptography
	# the linker of the program that asks UEFI firmware (made with clang)
	echo lld
	# file systems and containers of every kind, and RAIDs
	echo e2fsprogs xfsprogs btrfs-progs exfatprogs f2fs-tools ntfs-3g
	echo erofs-utils squashfs-tools genisoimage cryptsetup-bin mdadm
	# systemd-tmpfiles and systemd-analyze: what is installed with keelboot
	echo systemd
	# a TPM, and a reader of its registers
	echo swtpm tpm2-tools
}

# kexec-tools is compared with, but never installed: it asks questions and
# changes how the host shuts down. The tests fetch its .deb.

missing_of() {
	for package; do
		dpkg-query -W -f '${Package} ${db:Status-Status}\n' \
			"$package" 2>/dev/null |
			grep -q ' installed$' || printf '%s ' "$package"
	done
}

# Everything is asked at once, and one by one only if something is missing:
# asking for a single package takes as long as asking for all.
find_missing() {
	installed=$(dpkg-query -W -f '${db:Status-Status}\n' "$@" 2>/dev/null |
		grep -c '^installed$') || true
	[ "$installed" -ge $# ] || missing_of "$@"
}

install_missing() {
	say "installing: $*"
	export DEBIAN_FRONTEND=noninteractive
	lock_wait='DPkg::Lock::Timeout=600'
	apt-get -qq -o $lock_wait update >&2 ||
		die "apt-get update failed: is the network reachable?"
	apt-get -qq -y -o $lock_wait --no-install-recommends \
		-o Dpkg::Use-Pty=0 install "$@" </dev/null >&2 ||
		die "apt-get install failed: its message above says why;" \
			"put that right and run $0 again"
}

case ${1:-test} in
build) wanted=$(list_build) ;;
run) wanted=$(list_build && list_run) ;;
test) wanted=$(list_build && list_run && list_test) ;;
*)
	say "usage: scripts/setup.sh [build|run|test]"
	exit 2
	;;
esac

if ! command -v dpkg-query >/dev/null; then
	die "this machine is not Debian: install the equivalents of $wanted"
fi

# shellcheck disable=SC2086 # the lists are words
missing=$(find_missing $wanted)
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
	say "packages are missing: $missing"
	say "run this once as root:"
	say "    $(cd "$(dirname "$0")" && pwd)/setup.sh ${1:-test}"
	exit 1
fi
# shellcheck disable=SC2086 # the list is words
install_missing $missing
