# SPDX-License-Identifier: GPL-2.0-only
"""Checks what a run left behind: verdict, counters of the devices, log lines."""
import operator
import os
import re
import subprocess

OPERATORS = {"==": operator.eq, "!=": operator.ne, ">=": operator.ge, "<=": operator.le,
             ">": operator.gt, "<": operator.lt}


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()
    except OSError:
        return ""


def counters(out_dir):
    """The last report of the devices: name to value."""
    found = {}
    for line in read(os.path.join(out_dir, "counters")).splitlines():
        name, _, value = line.partition(" ")
        found[name] = int(value)
    return found


def ext4_clean(image):
    """Why the file system in that file is not clean, or an empty text."""
    head = subprocess.run(["/sbin/dumpe2fs", "-h", image], capture_output=True, text=True).stdout
    if "Filesystem state:         clean" not in head or "needs_recovery" in head:
        return f"{os.path.basename(image)} holds no ext4 with a clean journal"
    fsck = subprocess.run(["/sbin/e2fsck", "-fn", image], capture_output=True, text=True)
    return "" if fsck.returncode == 0 else f"e2fsck -fn {os.path.basename(image)}: {fsck.stdout}"


def check(line, values, log, out_dir):
    """One `expect:` line; returns why it does not hold, or an empty text.

    `NAME OP VALUE` where both sides are counters or numbers, `log REGEX`,
    `no-log REGEX`, `ext4-clean FILE` (a disk's, in the folder of the logs).
    """
    kind, _, rest = line.partition(" ")
    if kind == "log":
        return "" if re.search(rest, log, re.M) else f"the log has no line like '{rest}'"
    if kind == "no-log":
        m = re.search(rest, log, re.M)
        return f"the log has '{m.group(0)}'" if m else ""
    if kind == "ext4-clean":
        return ext4_clean(os.path.join(out_dir, rest))
    words = line.split()
    if len(words) != 3 or words[1] not in OPERATORS:
        return f"bad expectation '{line}'"
    sides = []
    for w in (words[0], words[2]):
        if not w.lstrip("-").isdigit() and w not in values:
            return f"no counter '{w}' was reported"
        sides.append(values[w] if w in values else int(w))
    if OPERATORS[words[1]](*sides):
        return ""
    return f"expected {line}, got {sides[0]} {words[1]} {sides[1]}"


def judge(s, run, out_dir, has_devices):
    """Returns ('ok' | 'skip' | 'FAIL', reason)."""
    verdict = read(os.path.join(out_dir, "verdict")).strip() if has_devices else run.console_verdict
    word, _, text = verdict.partition(" ")
    if run.trouble:
        return "FAIL", f"kernel trouble: {run.trouble[0].strip()}"
    if run.ended:
        return "FAIL", run.ended
    if word == "fail":
        return "FAIL", text or "the scenario says so"
    if word == "skip":
        return "skip", text
    if word != "pass":
        return "FAIL", "the machine ended without a verdict"
    values, log = counters(out_dir), read(os.path.join(out_dir, "serial.log"))
    for line in s.expect:
        why = check(line, values, log, out_dir)
        if why:
            return "FAIL", why
    # The check must be able to fail: here it has to.
    for line in s.expect_not:
        if not check(line, values, log, out_dir):
            return "FAIL", f"'{line}' holds, and must not"
    return "ok", ""
