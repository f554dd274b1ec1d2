#!/bin/busybox sh
# shellcheck shell=sh
# /init of the second kernel in demonstrations and tests: it says that it is
# up, in one line that the tests wait for, and then does what keelboot.test=
# on its command line asks. Packed by mkpayload.sh.

busybox=/bin/busybox
$busybox mkdir -p /proc /sys /dev /run /tmp
$busybox mount -t proc proc /proc
$busybox mount -t sysfs sysfs /sys
$busybox mount -t devtmpfs devtmpfs /dev
# No /dev/console came with the initrd, so nothing is open so far.
exec </dev/console >/dev/console 2>&1
$busybox --install -s /bin 2>/dev/null
export PATH=/bin HOME=/ TERM="${TERM:-linux}"
# Lines of the kernel would land in the middle of ours.
dmesg -n 1

read -r cmdline </proc/cmdline
echo "keelboot: second kernel is up: $(uname -r) cmdline: $cmdline"

# What the tests compare with what keelboot said it would hand over.

report() {
	sed 's/^/report: /'
}

report_file() {
	[ -f "$1" ] || return 0
	sum=$(sha256sum <"$1")
	echo "file ${sum%% *} $(wc -c <"$1") $1"
}

# Property names and values of /proc/device-tree/chosen; binary ones in hex.
report_chosen() {
	for property in /proc/device-tree/chosen/*; do
		[ -f "$property" ] || continue
		case ${property##*/} in
		bootargs | stdout-path)
			value=$(tr -d '\000' <"$property")
			;;
		*) value=$(hexdump -v -e '1/1 "%02x"' "$property") ;;
		esac
		echo "chosen ${property##*/} $value"
	done
}

report_tpm() {
	for pcr in /sys/class/tpm/tpm0/pcr-*/*; do
		[ -f "$pcr" ] || continue
		bank=${pcr%/*}
		echo "pcr ${bank##*/pcr-} ${pcr##*/} $(cat "$pcr")"
	done
}

report_memmap() {
	for entry in /sys/firmware/memmap/*; do
		[ -d "$entry" ] || continue
		echo "memmap $(cat "$entry/start") $(cat "$entry/end")" \
			"$(cat "$entry/type")"
	done
}

report_all() {
	echo "version $(uname -a)"
	echo "memory $(sed -n 's/^MemTotal: *//p' /proc/meminfo)"
	echo "processors $(grep -c ^processor /proc/cpuinfo)"
	[ -d /sys/firmware/efi ] && echo "efi yes" || echo "efi no"
	echo "entropy $(cat /proc/sys/kernel/random/entropy_avail)"
	grep -E -i 'e820|efi|acpi:|kexec|crng|kaslr|setup_data|reserv|initrd|rsdp' \
		/run/dmesg | sed 's/^/dmesg /'
	sed 's/^/iomem /' /proc/iomem
	report_memmap
	report_chosen
	report_tpm
	[ ! -f /sys/kernel/boot_params/data ] ||
		hexdump -v -e '"boot_params %06_ax " 32/1 "%02x" "\n"' \
			/sys/kernel/boot_params/data
	# Every file of the initrd, so of /.extra too.
	find / -xdev -type f | sort | while read -r file; do
		[ "$file" = /run/dmesg ] || report_file "$file"
	done
	# busybox's find knows no modes.
	find /.extra /usr/lib/tmpfiles.d 2>/dev/null | sort | while read -r path; do
		echo "mode $(stat -c '%a %u %g' "$path") $path"
	done
	report_file /sys/firmware/initrd
	report_file /sys/firmware/fdt
	echo end
}

case " $cmdline " in
*" keelboot.test=report "*)
	dmesg >/run/dmesg
	report_all | report
	# Setting a mode waits until the line has sent everything: the kernel's
	# last words would get ahead of what is still to be sent.
	stty -echo </dev/console
	poweroff -f
	;;
*" keelboot.test=poweroff "*)
	poweroff -f
	;;
esac

cat <<END

This is the second kernel. keelboot found it, unpacked it and started it with
kexec; the first one is gone. Its command line and what was handed over:

    $cmdline
$(find /.extra -type f 2>/dev/null | sed 's/^/    /')

A shell follows; leave it with "exit", and the machine is switched off.

END
setsid cttyhack sh
poweroff -f
