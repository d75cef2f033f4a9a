#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Each errors/ID.idl is refused with exactly errors/ID.txt, which names [ID]; and every id that the
# compiler knows has such a file. usage: diagnostics.sh COMPILER BTF [--update]
# kernel-*.idl are compared with that kernel; the texts say KERNEL and ROOT where its version and place stand.
idlc=$(realpath "$1")
btf=$(realpath "$2")
update=$3
version=${btf##*/btf-}
root=${btf%/boot/*}
cd "$(dirname "$0")/errors" || exit 1
passed=0 failed=0
good() { passed=$((passed + 1)); }
bad() { failed=$((failed + 1)); echo "FAIL $1"; }
for idl in *.idl; do
	id=${idl%.idl}
	case $id in kernel-*) kernel="--kernel $btf" ;; *) kernel= ;; esac
	timeout 10 "$idlc" check "$idl" $kernel > /tmp/idl-diag.$$ 2>&1
	status=$?
	[ -z "$kernel" ] || sed -i "s#$root/#ROOT/#g; s#$version#KERNEL#g" /tmp/idl-diag.$$
	[ -n "$update" ] && cp /tmp/idl-diag.$$ "$id.txt"
	if [ $status -ne 1 ]; then
		bad "$id: exit status $status"
	elif ! cmp -s /tmp/idl-diag.$$ "$id.txt"; then
		bad "$id: other text"
		diff "$id.txt" /tmp/idl-diag.$$
	elif [ "$id" != all-in-one-run ] && ! grep -qF "[$id]" "$id.txt"; then
		bad "$id: its message does not come"
	else
		good
	fi
done
rm -f /tmp/idl-diag.$$
# Needs many files or many functions: not worth a file here.
for id in $(grep -ohE '(error|warning)\("[a-z-]+"' ../../src/*.cpp | cut -d'"' -f2 | sort -u); do
	case $id in include-many | functions-many | struct-deep | interface-number-taken | machine-states-many) continue ;; esac
	[ -f "$id.idl" ] || bad "$id: no test"
done
# A file of 2 MB, and one that is not there, end with a message too.
head -c 2000000 /dev/zero > /tmp/idl-big.$$
for f in /tmp/idl-big.$$ /nowhere/x.idl /tmp; do
	timeout 10 "$idlc" check $f > /dev/null 2>&1
	[ $? -eq 1 ] && good || bad "$f"
done
rm -f /tmp/idl-big.$$
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
