#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The project's IDL fits the kernels it is for; and each single statement about the kernel, when it
is made wrong, is found. usage: kernels.py COMPILER BTF-OF-6.1 VERSION-OF-6.12 ROOT"""
import os
import re
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
SHARED = ("klcd/pci/pci.idl", "klcd/block/block.idl")


def check(idlc, path, kernel, *more):
    return subprocess.run([idlc, "check", path, "--kernel", kernel, *more], capture_output=True, text=True,
                          timeout=60, check=False)


def wrong(text):
    """(what, the text with one statement about the kernel made wrong)."""
    start = text.index("\nkernel")
    for m in re.finditer(r"function [^;]*?(\w+)\(([^;]*)\);", text):
        yield f"name of {m[1]}", text[:m.start(1)] + m[1] + "_x" + text[m.end(1):]
        yield f"parameters of {m[1]}", text[:m.start(2)] + ("int, " + m[2] if m[2] else "int") + text[m.end(2):]
    for m in re.finditer(r"\b(u8|u16|u32|u64) (\w+)( as \"\w+\")?;", text[start:]):
        if text.rfind("function", 0, start + m.start()) > text.rfind("struct", 0, start + m.start()):
            continue
        other = "u32" if m[1] == "u64" else "u64"
        at = start + m.start(1)
        bit_field = m[2].startswith("is_")  # any width holds it
        if not bit_field:
            yield f"width of {m[2]}", text[:at] + other + text[at + len(m[1]):]
        yield f"name of {m[2]}", text[:start + m.start(2)] + (m[2] + "_x") + " as \"nope\";" + text[start + m.end():]


def main():
    idlc, btf = (os.path.abspath(a) for a in sys.argv[1:3])
    passed = failed = 0

    def verdict(good, what):
        nonlocal passed, failed
        passed, failed = passed + good, failed + (not good)
        if not good:
            print(f"FAIL kernels: {what}")

    run = check(idlc, os.path.join(TOP, "drivers/nvme/nvme.idl"), btf)
    verdict(run.returncode == 0, "nvme.idl does not fit 6.1:\n" + run.stderr)
    run = check(idlc, os.path.join(TOP, "drivers/nvme/nvme.idl"), f"{sys.argv[4]}/boot/vmlinuz-{sys.argv[3]}")
    verdict(run.returncode == 0, "nvme.idl does not fit 6.12:\n" + run.stderr)
    # A draft from a header: its functions, its structure's operations, what the tree offers already.
    source = os.path.join(os.path.dirname(btf), "../lib/modules", os.path.basename(btf)[len("btf-"):])
    for header, wants in (("leds.h", ("wait int led_classdev_suspend(led_classdev_ref arg0)", "wait int brightness_set_blocking(",
                                      "struct led_classdev { ")), ("mdio.h", ("mdiobus_get_phy", "from domain {"))):
        path = os.path.join(source, "source/include/linux", header)
        run = subprocess.run([idlc, "infer", path, "--headers", os.path.join(source, "build")], capture_output=True, text=True,
                             timeout=60, check=False)
        draft = run.stdout
        verdict(run.returncode == 0 and all(w in draft for w in wants), f"draft of {header}: {run.stderr}{draft[:400]}")
        with tempfile.NamedTemporaryFile("w", suffix=".idl") as f:
            f.write(draft)
            f.flush()
            run = subprocess.run([idlc, "check", f.name], capture_output=True, text=True, timeout=60, check=False)
            verdict(run.returncode == 0, f"the draft of {header} is not legal:\n{run.stderr}")
    pci = subprocess.run([idlc, "infer", os.path.join(source, "source/include/linux/pci.h"), "--headers", os.path.join(source, "build"),
                          "--tree", TOP], capture_output=True, text=True, timeout=60, check=False)
    verdict('include "klcd/pci/pci.idl" // covers' in pci.stdout and "pci_enable_device_mem" in pci.stdout, "pci.h: " + pci.stderr)
    with tempfile.TemporaryDirectory() as work:
        path = os.path.join(work, "x.idl")
        for shared in SHARED:
            with open(os.path.join(TOP, shared), encoding="ascii") as f:
                text = f.read()
            first = text.index("\nkernel")
            text = text[:first] + re.sub(r'\nkernel "6.12" \{.*?\n\}', "", text[first:], flags=re.S)
            survivors = []
            for what, mutant in wrong(text):
                with open(path, "w", encoding="ascii") as out:
                    out.write(mutant)
                run = check(idlc, path, btf)
                if run.returncode != 1 or "[kernel-" not in run.stderr:
                    survivors.append(what)
            verdict(not survivors, f"{shared}: not noticed: {survivors}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


sys.exit(main())
