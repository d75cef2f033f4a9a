# SPDX-License-Identifier: GPL-2.0-only
# Helpers for scenario scripts (POSIX shell, -e is on).

# die TEXT: the scenario has failed.
die()
{
	labctl fail "$*"
	exit 1
}

# skip TEXT: the scenario cannot run on this machine.
skip()
{
	labctl skip "$*"
	exit 0
}

# mark TEXT: a line in the lab's log, with instruction count and view.
mark()
{
	labctl mark "$*"
}

# wait_for SECONDS COMMAND...: waits until the command succeeds.
wait_for()
{
	wait_left=$(($1 * 10))
	shift
	until "$@" 2>/dev/null; do
		wait_left=$((wait_left - 1))
		[ $wait_left -gt 0 ] || die "timed out waiting for: $*"
		sleep 0.1
	done
}

# equal WHAT GOT WANTED
equal()
{
	[ "$2" = "$3" ] || die "$1: got '$2', wanted '$3'"
}

# refused WHAT COMMAND...: the command must fail; its output is shown.
refused()
{
	refused_what=$1
	shift
	if "$@"; then
		die "$refused_what was accepted"
	fi
}
