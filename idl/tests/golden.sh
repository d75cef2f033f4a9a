#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What each golden/NAME.idl becomes, byte for byte, is in golden/NAME/ to be read in diffs.
# usage: golden.sh COMPILER [--update]
idlc=$(realpath "$1")
update=$2
cd "$(dirname "$0")/golden" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
good() { passed=$((passed + 1)); }
bad() { failed=$((failed + 1)); echo "FAIL golden: $1"; }
for idl in *.idl; do
	name=${idl%.idl}
	out=$work/$name
	mkdir -p "$out"
	"$idlc" compile "$idl" -o "$out" || bad "$name does not compile"
	for kind in text json svg; do
		flag=$([ $kind = text ] || echo --$kind)
		"$idlc" report "$idl" $flag -o "$out/report.$kind" || bad "$name: no report ($kind)"
	done
	"$idlc" messages "$idl" -o "$out/messages.json" || bad "$name: no messages"
	"$idlc" compile "$idl" -o "$work/again" && diff -r -x 'report.*' -x messages.json "$out" "$work/again" > /dev/null && good ||
		bad "$name: a second run differs"
	rm -rf "$work/again"
	"$idlc" format --check "$idl" && good || bad "$name: is not formatted"
	python3 -c 'import json, sys, xml.dom.minidom as x
x.parse(sys.argv[1]); json.load(open(sys.argv[2]))' "$out/report.svg" "$out/report.json" && good ||
		bad "$name: report is no SVG or JSON"
	[ -n "$update" ] && { rm -rf "$name"; cp -r "$out" "$name"; }
	diff -ru "$name" "$out" && good || bad "$name: other output (golden.sh COMPILER --update if it is meant)"
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
