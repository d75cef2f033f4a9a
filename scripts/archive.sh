# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Debian's archive without a trace on this system: package lists, state and downloads are kept below the
# lab's cache, so that no rights are needed and the system's own apt stays as it is. To be sourced.

LXD_CACHE=${LXD_LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lxd-lab}

# archive_open NAME SUITE...: fetches the lists of these suites from the mirrors that this machine uses. A suite that
# ends in "-security" comes from the mirror of the machine's security suite.
archive_open()
{
	local work=$LXD_CACHE/apt/$1 suite uri security
	shift
	uri=$(archive_mirror '^[a-z]+$')
	security=$(archive_mirror '-security$')
	if [ -z "$uri$security" ]; then
		echo "archive: this machine's apt names no mirror of Debian" >&2
		return 1
	fi
	mkdir -p "$work"/{lists/partial,archives/partial}
	: >"$work/status"
	for suite in "$@"; do
		case $suite in
		*-security) [ -z "$security" ] || archive_source "$security" "$suite" ;;
		*) [ -z "$uri" ] || archive_source "$uri" "$suite" ;;
		esac
	done >"$work/sources.list"
	ARCHIVE=(-q -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
		-o Dir::State="$work" -o Dir::State::Lists="$work/lists" -o Dir::State::status="$work/status"
		-o Dir::Cache="$work" -o APT::Sandbox::User="" -o APT::Get::List-Cleanup=0)
	if ! apt-get "${ARCHIVE[@]}" update >"$work/log" 2>&1 || grep -q '^[EW]: Failed to fetch' "$work/log"; then
		tail -n 3 "$work/log" >&2
		echo "archive: the package lists could not be fetched" >&2
		return 1
	fi
}

# The mirror from which this machine takes the suites of Debian whose names match.
archive_mirror()
{
	# shellcheck disable=SC2016 # apt's own variables
	apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
		awk -v want="$1" '$1 ~ want && $2 == "main" && $1 ~ /^(bookworm|trixie|forky|sid|stable|testing)/ { print $3; exit }'
}

archive_source() { echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $1 $2 main"; }

# archive_field PACKAGE[=VERSION] FIELD: of the newest version that the archive has, or of that one.
archive_field() { apt-cache "${ARCHIVE[@]}" show --no-all-versions "$1" 2>/dev/null | sed -n "s/^$2: //p" | head -n 1; }

# archive_download FOLDER PACKAGE=VERSION...
archive_download()
{
	local folder=$1
	shift
	(cd "$folder" && apt-get "${ARCHIVE[@]}" download "$@" >download.log 2>&1) && return
	tail -n 3 "$folder/download.log" >&2
	return 1
}
