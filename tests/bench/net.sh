#!/bin/sh
# Boots from the network, with the system calls of the jump replaced: an image
# of 80 MB against curl, 200 machines that start at once, and 500 boots by ways
# and from servers that are bad.
#
#	tests/bench/net.sh BUILD_DIR
#
# On this host, in network namespaces; as root. $RUNS (500) boots of the last,
# $AT_ONCE (20) of them at once.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scripts=$here/../../scripts
. "$scripts/lib.sh"
build=${1:?usage: net.sh BUILD_DIR}
PATH=$PATH:/usr/sbin:/sbin
need_tools nginx dnsmasq ip tc curl sbsign setpriv flock

bad=0
/usr/bin/python3 "$here/net_fetch.py" "$build" || bad=1
/usr/bin/python3 "$here/net_runs.py" "$build" herd || bad=1
/usr/bin/python3 "$here/net_runs.py" "$build" "${RUNS:-500}" 1 \
	"${AT_ONCE:-20}" || bad=1
exit "$bad"
