# shellcheck shell=sh
# What every script here shares: messages, the cache, locks, keys, and
# packages of any Debian suite and architecture without touching the
# system's own apt. Sourced, never run:
#
#	. "$(dirname "$0")/lib.sh"
#
# Functions written as `name() (...)` run in a subshell, so their variables
# stay their own; `die` in one ends it with status 1, and `set -e` in the
# caller does the rest. Results go to stdout, everything else to stderr.
#
# Environment
#   KEELBOOT_CACHE    where downloads and built dependencies are kept
#   KEELBOOT_REFRESH  1: ask the archive for newer packages now
#   KEELBOOT_JOBS     how many compilers run at once (default: all CPUs)
#   KEELBOOT_APT_ETC  where the system's apt sources are (default /etc/apt)

# In bash, too, `set -e` must hold inside $(...), as it does in dash.
# shellcheck disable=SC3044 # only bash comes here
[ -z "${BASH_VERSION:-}" ] || shopt -s inherit_errexit

# How old package lists may be, in minutes, before a download renews them.
apt_lists_max_age=1440
# How old, before they are renewed because the archive lacks what they list.
apt_lists_min_age=10

say() {
	printf '%s\n' "$*" >&2
}

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# need_tools COMMAND...: end with what to do if one is not installed.
need_tools() {
	for tool_wanted; do
		command -v "$tool_wanted" >/dev/null 2>&1 ||
			die "unable to find the command $tool_wanted:" \
				"run scripts/setup.sh as root first"
	done
}

job_count() {
	printf '%s\n' "${KEELBOOT_JOBS:-$(nproc)}"
}

# --- the cache -----------------------------------------------------------

# cache_dir: the directory, made if it is not there.
cache_dir() (
	dir=${KEELBOOT_CACHE:-${XDG_CACHE_HOME:-${HOME:-}/.cache}/keelboot}
	case $dir in
	/.cache/keelboot) die "HOME is not set: set KEELBOOT_CACHE" ;;
	/*) ;;
	*) die "KEELBOOT_CACHE must be an absolute path, it is '$dir'" ;;
	esac
	[ -d "$dir" ] || mkdir -p "$dir" ||
		die "unable to make the cache $dir: set KEELBOOT_CACHE"
	printf '%s\n' "$dir"
)

# with_lock NAME COMMAND...: run COMMAND (a function will do) while no other
# process holds NAME. Its children do not inherit the lock.
with_lock() (
	lock=$(cache_dir)/locks/$1
	shift
	mkdir -p "${lock%/*}"
	exec 9>"$lock"
	if ! flock -n 9; then
		say "waiting for another process to finish with ${lock##*/}"
		flock 9
	fi
	"$@" 9>&-
)

# key_of TEXT|@FILE...: 16 hex digits that change when a text, a file's name
# (without its folder) or a file's content changes.
key_of() (
	text=$(for input; do
		case $input in
		@*)
			printf 'file %s ' "${input##*/}"
			sha256sum <"${input#@}" ||
				die "unable to read ${input#@}, a build input"
			;;
		*) printf 'text %s\n' "$input" ;;
		esac
	done) || exit 1
	printf '%s\n' "$text" | sha256sum | cut -c1-16
)

# publish_dir MADE FINAL: put a finished directory in its place at once, so
# that FINAL is whole whenever it exists.
publish_dir() {
	rm -rf "$2"
	mv "$1" "$2"
}

# run_logged LOG COMMAND...: COMMAND's output goes to LOG; its end is shown
# if the command fails. Call it as a plain command: where a shell looks at
# the status (if, ||, &&) `set -e` is off inside a function that is run.
run_logged() (
	log=$1
	shift
	# shellcheck disable=SC2154 # status is set in the trap
	trap 'status=$?
		[ $status = 0 ] && exit 0
		say "--- the last lines of $log"
		tail -n 25 "$log" >&2
		say "${0##*/}: $1 failed, see above; the whole log is $log"
		exit $status' EXIT
	"$@" >"$log" 2>&1
)

# --- architectures -------------------------------------------------------

# deb_arch ARCH: Debian's name of x86_64, aarch64, loongarch64, riscv64.
deb_arch() {
	case $1 in
	x86_64) echo amd64 ;;
	aarch64) echo arm64 ;;
	loongarch64) echo loong64 ;;
	riscv64) echo riscv64 ;;
	*) die "unknown architecture '$1': x86_64 or aarch64" ;;
	esac
}

# gnu_prefix ARCH: what the names of gcc and binutils for ARCH begin with;
# nothing if ARCH is this machine's own.
gnu_prefix() {
	case $1 in
	"$(uname -m)") echo ;;
	x86_64) echo x86_64-linux-gnu- ;;
	aarch64) echo aarch64-linux-gnu- ;;
	*) die "no compiler is known for '$1': x86_64 or aarch64" ;;
	esac
}

# --- packages of other suites and architectures --------------------------
#
# Each pair of suite and architecture (or "source") has an apt of its own in
# the cache: lists, downloads and configuration. The archive's address and
# keys are those the system's own sources name, so that a mirror or a proxy
# set up there is used here too. sources.list(5), apt.conf(5).

# apt_archives OUT: one line per Debian archive in the system's sources:
# "debian|security URI OPTIONS". Keys that stand in a .sources file itself
# are written to OUT.N.asc.
apt_archives() (
	etc=${KEELBOOT_APT_ETC:-/etc/apt}
	set --
	for file in "$etc"/sources.list "$etc"/sources.list.d/*.*; do
		case $file in
		*.list | *.sources) [ ! -r "$file" ] || set -- "$@" "$file" ;;
		esac
	done
	[ $# -gt 0 ] || die "no apt sources in $etc"
	awk -v out="$apt_archives_out" '
	# What archive is this? Its path ends in debian or debian-security,
	# a snapshot adds a time, a mirror list is named after the archive.
	function kind_of(uri, suite,    name) {
		name = uri
		sub(/\/+$/, "", name)
		sub(/\/[0-9]+T[0-9]+Z$/, "", name)
		sub(/.*\//, "", name)
		sub(/\.list$/, "", name)
		if (name == "debian-security" ||
		    (suite ~ /-security$/ && uri ~ /security\.debian/))
			return "security"
		return name == "debian" ? name : ""
	}
	function emit(uri, options,    list, kind) {
		split(field["suites"], list, /[ \t]+/)
		kind = kind_of(uri, list[1])
		if (kind != "" && (" " field["components"] " ") ~ / main /)
			print kind, uri, options
	}
	# An old line in the fields of the new style.
	function one_line(text,    n, list, i, at) {
		if (match(text, /\[[^]]*\]/)) {
			n = split(substr(text, RSTART + 1, RLENGTH - 2), list)
			for (i = 1; i <= n; i++) {
				at = index(list[i], "=")
				name = substr(list[i], 1, at - 1)
				field[name] = substr(list[i], at + 1)
			}
			text = substr(text, 1, RSTART - 1) \
				substr(text, RSTART + RLENGTH)
		}
		n = split(text, list)
		field["uris"] = list[2]
		field["suites"] = list[3]
		for (i = 4; i <= n; i++)
			field["components"] = field["components"] " " list[i]
		stanza()
	}
	# Options that say how far the archive is trusted are carried over;
	# the others (arch, lang, target...) are not ours to repeat.
	function options_of(    i, options, key) {
		if (field["signed-by"] ~ /BEGIN PGP/) {
			key = out "." (++keys) ".asc"
			sub(/^\n/, "", field["signed-by"])
			print field["signed-by"] > key
			close(key)
			field["signed-by"] = key
		}
		gsub(/[ \t\n]+/, ",", field["signed-by"])
		sub(/^,/, "", field["signed-by"])
		for (i in field)
			if (field[i] != "" && i ~ /^(signed-by|trusted|check-valid-until|check-date|allow-insecure|allow-weak)$/)
				options = options " " i "=" field[i]
		return options
	}
	function stanza(    i, options, n, uris) {
		if ("uris" in field && tolower(field["enabled"]) !~ /^(no|false|0)/) {
			options = options_of()
			n = split(field["uris"], uris)
			for (i = 1; i <= n; i++)
				emit(uris[i], options)
		}
		delete field
	}
	function trim(text) {
		gsub(/^[ \t]+|[ \t]+$/, "", text)
		return text
	}
	FNR == 1 { stanza(); new_style = FILENAME ~ /\.sources$/ }
	!new_style && $1 == "deb" { one_line($0) }
	!new_style { next }
	/^#/ { next }
	/^[ \t]*$/ { stanza(); next }
	/^[ \t]+\.[ \t]*$/ { field[name] = field[name] "\n"; next }
	/^[ \t]/ { field[name] = field[name] "\n" trim($0); next }
	{
		name = tolower(substr($0, 1, index($0, ":") - 1))
		field[name] = trim(substr($0, index($0, ":") + 1))
	}
	END { stanza() }
	' "$@"
)

# apt_line KIND SUITE: a line of sources.list for the first archive of KIND;
# nothing if there is none. Debian's full keyring joins a keyring the system
# names, which may know older suites only. Uses root and arch of the caller.
apt_line() (
	ring=/usr/share/keyrings/debian-archive-keyring.gpg
	type=deb
	words="arch=$arch"
	if [ "$arch" = source ]; then
		type=deb-src
		words=
	fi
	read -r _ uri options <<-END
		$(grep "^$1 " "$root/archives" | head -n 1)
	END
	[ -n "$uri" ] || exit 0
	for option in $options; do
		case $option in
		signed-by=*"$ring"*) ;;
		signed-by=*) [ ! -r "$ring" ] || option="$option,$ring" ;;
		esac
		words="$words $option"
	done
	echo "$type ${words:+[ $words ] }$uri $2 main"
)

# apt_write_sources ROOT SUITE ARCH|source: sources.list of one private apt.
apt_write_sources() (
	root=$1 suite=$2 arch=$3
	apt_archives_out=$root/key
	apt_archives >"$root/archives" || exit 1
	grep -q '^debian ' "$root/archives" ||
		die "no Debian archive among the apt sources in" \
			"${KEELBOOT_APT_ETC:-/etc/apt}: add a line such as" \
			"'deb <mirror>/debian bookworm main' to sources.list"
	apt_line debian "$suite"
	case $suite in
	bookworm | trixie)
		apt_line debian "$suite-updates"
		apt_line security "$suite-security"
		;;
	esac
)

# put_changed FILE: standard input becomes FILE, unless it is that already.
put_changed() (
	cat >"$1.new"
	cmp -s "$1.new" "$1" || mv "$1.new" "$1"
)

# apt_root SUITE ARCH|source: the private apt's directory, set up.
apt_root() (
	with_lock "apt.$1.$2" apt_set_up "$1" "$2"
)

apt_set_up() (
	suite=$1 arch=$2
	root=$(cache_dir)/apt/$suite.$arch
	mkdir -p "$root/state/lists/partial" "$root/cache/archives/partial"
	apt_write_sources "$root" "$suite" "$arch" >"$root/sources" || exit 1
	cmp -s "$root/sources" "$root/sources.list" || rm -f "$root/updated"
	put_changed "$root/sources.list" <"$root/sources"
	# Nothing counts as installed: what is fetched must not depend on what
	# the system happens to have. One of apt's two binary caches is enough
	# (each is 40 MB).
	[ -e "$root/status" ] || : >"$root/status"
	[ "$arch" != source ] || arch=$(dpkg --print-architecture)
	put_changed "$root/apt.conf" <<-END
		Dir::State "$root/state";
		Dir::State::status "$root/status";
		Dir::Cache "$root/cache";
		Dir::Cache::pkgcache "";
		Dir::Cache::srcpkgcache "srcpkgcache.bin";
		Dir::Etc::sourcelist "$root/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
		APT::Architecture "$arch";
		#clear APT::Architectures;
		APT::Architectures { "$arch"; };
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		Acquire::Languages "none";
		Acquire::Retries "2";
		Acquire::GzipIndexes "true";
		APT::Sandbox::User "root";
	END
	printf '%s\n' "$root"
)

# apt_refresh ROOT [force]: renew the lists if they are too old, or not quite
# new. Old lists are used with a warning when the archive does not answer.
apt_refresh() (
	root=$1
	force=${2:-}
	age=$apt_lists_max_age
	[ "${KEELBOOT_REFRESH:-0}" != 1 ] || force=1
	[ -z "$force" ] || age=$apt_lists_min_age
	[ -z "$(find "$root/updated" -mmin "-$age" 2>/dev/null)" ] || exit 0
	say "reading the package lists of ${root##*/}"
	if apt-get -qq -c "$root/apt.conf" -o APT::Update::Error-Mode=any \
		update >"$root/update.log" 2>&1; then
		touch "$root/updated"
	elif [ -e "$root/updated" ] && [ -z "$force" ]; then
		say "unable to: using those of $(date -r "$root/updated" +%F)"
	else
		tail -n 5 "$root/update.log" >&2
		die "unable to read the package lists of ${root##*/}:" \
			"is the network or the mirror in the system's apt" \
			"sources reachable?"
	fi
)

# apt_run ROOT download|source PACKAGE[=VERSION] [OPTION...]: apt-get's own
# command for it.
apt_run() (
	root=$1 what=$2 package=$3
	shift 3
	[ "$what" != source ] || set -- --download-only "$@"
	apt-get -qq -c "$root/apt.conf" "$@" "$what" "$package"
)

# apt_uris (as apt_run): lines "URI FILE SHA256" of what would be fetched.
apt_uris() (
	root=$1
	apt_run "$@" --print-uris 2>"$root/uris.log" |
		sed -n "s/^'\([^']*\)' \([^ ]*\) [0-9]* SHA256:\([0-9a-f]*\)\$/\1 \2 \3/p"
)

# apt_versions ROOT download|source PACKAGE: what the lists know, newest
# first.
apt_versions() (
	root=$1 what=$2 package=$3
	if [ "$what" = source ]; then
		apt-cache -c "$root/apt.conf" --only-source \
			showsrc "$package" 2>/dev/null |
			sed -n 's/^Version: //p'
	else
		apt-cache -c "$root/apt.conf" madison "$package" 2>/dev/null |
			sed -n 's/^[^|]*| *\([^ |]*\) *|.*Packages$/\1/p'
	fi | sort -rVu
)

# apt_have DIR: standard input is "URI FILE SHA256" lines; are all there?
apt_have() (
	cd "$1" || exit 1
	sed 's/^[^ ]* \([^ ]*\) \(.*\)$/\2  \1/' |
		sha256sum --status -c - 2>/dev/null
)

# apt_get_version (as apt_run), DEST in the environment: fetch one version
# unless it is there, print its "URI FILE SHA256" lines.
apt_get_version() (
	uris=$(apt_uris "$@")
	[ -n "$uris" ] || exit 1
	if ! printf '%s\n' "$uris" | apt_have "$DEST"; then
		say "fetching $3 of ${1##*/}"
		(cd "$DEST" && apt_run "$@") >"$1/get.log" 2>&1 || exit 1
		printf '%s\n' "$uris" | apt_have "$DEST" || exit 1
	fi
	printf '%s\n' "$uris"
)

# apt_get_files ROOT download|source PACKAGE[=VERSION] DESTDIR [OPTION...]:
# fetch what is not there yet, and print the "URI FILE SHA256" lines. Lists
# are renewed when they are too old, do not know the package, or name files
# that have gone. A mirror may list a version that it does not have (yet):
# then the next older one of the suite is taken, and said.
apt_get_files() (
	root=$1 what=$2 package=$3
	DEST=$4
	shift 4
	mkdir -p "$DEST"
	if [ "${KEELBOOT_REFRESH:-0}" != 1 ]; then
		uris=$(apt_uris "$root" "$what" "$package" "$@")
		if printf '%s\n' "$uris" | apt_have "$DEST"; then
			printf '%s\n' "$uris"
			exit 0
		fi
	fi
	apt_refresh "$root" || exit 1
	apt_get_version "$root" "$what" "$package" "$@" && exit 0
	apt_refresh "$root" force || exit 1
	versions=${package#"${package%%=*}"}
	package=${package%%=*}
	versions=${versions#=}
	[ -n "$versions" ] ||
		versions=$(apt_versions "$root" "$what" "$package")
	[ -n "$versions" ] || die "the suite ${root##*/}" \
		"(suite.architecture) has no package $package: is the name right?"
	for version in $versions; do
		apt_get_version "$root" "$what" "$package=$version" "$@" &&
			exit 0
		say "the archive lists $package $version but does not serve it"
	done
	tail -n 5 "$root/get.log" >&2
	die "unable to fetch $package of ${root##*/}"
)

# fetch_deb SUITE PACKAGE[:ARCH][=VERSION] DESTDIR: the newest .deb of the
# suite and its security and point updates (ARCH: Debian's name; default:
# this machine's). Prints the file's path. What is in DESTDIR already is not
# fetched again, and then nothing asks the network.
fetch_deb() (
	suite=$1 package=${2%%=*} version=${2#"${2%%=*}"} dest=$3
	case $package in
	*:*) arch=${package#*:} ;;
	*) arch=$(dpkg --print-architecture) ;;
	esac
	package=${package%%:*}
	root=$(apt_root "$suite" "$arch") || exit 1
	line=$(with_lock "apt.$suite.$arch" apt_get_files "$root" download \
		"$package$version" "$dest") || exit 1
	line=${line#* }
	printf '%s\n' "$dest/${line%% *}"
)

# extract_deb DEB DIR: unpack the package's files into DIR.
extract_deb() {
	mkdir -p "$2"
	dpkg-deb -x "$1" "$2" || die "unable to unpack $1: remove it"
}

# fetch_source SUITE PACKAGE[=VERSION] DESTDIR [--tar-only|--diff-only]: the
# newest source package of the suite (and its updates), not unpacked; or its
# upstream part or Debian's part alone. Prints the paths of the files.
fetch_source() (
	suite=$1 package=$2 dest=$3
	shift 3
	root=$(apt_root "$suite" source) || exit 1
	lines=$(with_lock "apt.$suite.source" apt_get_files "$root" source \
		"$package" "$dest" "$@") || exit 1
	printf '%s\n' "$lines" | while read -r _ file _; do
		printf '%s\n' "$dest/$file"
	done
)

# source_versions SUITE PACKAGE ORIG: lines "VERSION SHA256" of the suite's
# source packages, newest first; the sum is that of the file ORIG, or
# "other:" and the name of what stands in its place.
source_versions() (
	suite=$1 package=$2 orig=$3
	root=$(apt_root "$suite" source) || exit 1
	with_lock "apt.$suite.source" apt_refresh "$root" || exit 1
	apt-cache -c "$root/apt.conf" --only-source showsrc "$package" \
		2>/dev/null | awk -v orig="$orig" '
	/^Version:/ { version = $2 }
	/^Checksums-Sha256:/ { sums = 1; next }
	/^[^ ]/ { sums = 0 }
	sums && $3 == orig { found = $1 }
	sums && $3 ~ /\.orig\.tar\.[a-z0-9]*$/ { other = $3 }
	/^$/ {
		if (version != "")
			print version, found != "" ? found : "other:" other
		version = found = other = ""
	}' | sort -rVu
)
