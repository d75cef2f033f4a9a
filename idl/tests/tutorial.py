#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs Documentation/idl/tutorial.md: its pieces of IDL, its commands, its error message.
usage: tutorial.py WORKDIR"""
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))


def main():
    work = os.path.abspath(sys.argv[1])
    os.makedirs(work, exist_ok=True)
    with open(os.path.join(TOP, "Documentation/idl/tutorial.md"), encoding="utf-8") as f:
        text = f.read()
    for name in ("build", "include"):
        link = os.path.join(work, name)
        if not os.path.islink(link):
            os.symlink(os.path.join(TOP, name), link)
    idl = "// SPDX-License-Identifier: GPL-2.0-only\n" + "\n".join(re.findall(r"```idl\n(.*?)```", text, re.S))
    with open(os.path.join(work, "leds.idl"), "w", encoding="ascii") as f:
        f.write(idl)
    passed, failed = 0, 0
    for command in re.findall(r"^    ((?:build/idl/lxd-idlc|gcc|\./leds_test) .*)$", text, re.M):
        done = subprocess.run(command.split(), cwd=work, capture_output=True, text=True, timeout=120, check=False)
        passed, failed = passed + (done.returncode == 0), failed + (done.returncode != 0)
        if done.returncode:
            print(f"FAIL tutorial: {command}\n{done.stdout}{done.stderr}")
    wanted = re.search(r"```error\n(.*?)```", text, re.S)[1]
    with open(os.path.join(work, "leds.idl"), "w", encoding="ascii") as f:
        f.write(idl.replace(" within 2 s restart replay", " restart replay"))
    done = subprocess.run(["build/idl/lxd-idlc", "check", "leds.idl"], cwd=work, capture_output=True, text=True, check=False)
    same = done.returncode == 1 and done.stderr.expandtabs(1) == wanted.expandtabs(1)
    passed, failed = passed + same, failed + (not same)
    if not same:
        print(f"FAIL tutorial: the error is\n{done.stderr}not\n{wanted}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed or passed < 8 else 0


sys.exit(main())
