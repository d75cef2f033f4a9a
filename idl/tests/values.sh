#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Documentation/idl/values.md lists every value that a domain chooses; it is made from the interfaces.
# usage: values.sh COMPILER [--update]
idlc=$(realpath "$1")
cd "$(dirname "$0")/../.." || exit 1
doc=Documentation/idl/values.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
{
	cat <<END
<!-- SPDX-License-Identifier: GPL-2.0-only -->
# Every value that a domain chooses

Made by \`make -C idl values\` from the interfaces; \`lxd-idlc report --values --json\` gives the same as test
vectors. "passes" and "refused" are 0, 1, the bounds, one more, and all ones, as far as the type carries them.
Where a reason stands in place of a check, the implementation named there decides.

END
	for i in klcd/domain.idl klcd/pci/pci.idl klcd/block/block.idl klcd/net/net.idl; do
		"$idlc" report --values "$i" || exit 1
	done
} >"$work/values.md" || { echo "FAIL values: no report"; exit 1; }
"$idlc" report --values --json klcd/net/net.idl | python3 -c 'import json, sys
rows = json.load(sys.stdin)
assert len(rows) > 50 and all(r["vectors"] for r in rows if r["what"] in ("number", "time", "index"))' ||
	{ echo "FAIL values: no test vectors"; exit 1; }
[ "$2" ] && cp "$work/values.md" $doc
diff -u $doc "$work/values.md" || { echo "FAIL values: $doc is older than the interfaces: make -C idl values"; exit 1; }
echo "1 passed, 0 failed, 0 skipped"
