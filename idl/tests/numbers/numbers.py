#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Numbers of the compiler and of what it makes, as they are on this machine.
usage: numbers.py COMPILER WORKDIR KERNEL-BTF"""
import glob
import os
import resource
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.join(HERE, "..", "..", "..")
PROGRAMS = [os.path.join(TOP, "drivers", d, d + ".idl") for d in ("nvme", "ixgbe")]


def timed(args, times=1):
    """(seconds of CPU, peak KiB) of the best of several runs."""
    best, peak = 1e9, 0
    for _ in range(times):
        started = resource.getrusage(resource.RUSAGE_CHILDREN)
        process = subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        assert status == 0, args
        del started
        best = min(best, usage.ru_utime + usage.ru_stime)
        peak = max(peak, usage.ru_maxrss)
    return best, peak


def lines(path):
    """Lines that are neither blank nor comment only."""
    with open(path, encoding="utf-8") as f:
        return sum(1 for x in f if x.strip() and not x.strip().startswith("//"))


def main():
    idlc, work, btf = sys.argv[1:4]
    os.makedirs(work, exist_ok=True)
    out = os.path.join(work, "all")
    print(f"numbers of {time.strftime('%Y-%m-%d')}, gcc {subprocess.check_output(['gcc', '-dumpversion'], text=True).strip()}\n")
    total, memory = timed([idlc, "compile", *PROGRAMS, "-o", out], 10)
    with_btf, btf_memory = timed([idlc, "compile", *PROGRAMS, "-o", out, "--kernel", btf], 10)
    files = sorted(glob.glob(os.path.join(out, "*.c")))
    cc = sum(timed(["gcc", "-O2", "-std=gnu11", "-fno-strict-aliasing", f"-I{TOP}/include", f"-I{out}", "-c", f, "-o", os.path.join(work, "x.o")])[0]
             for f in files)
    kbuild, _ = timed([os.path.join(HERE, "..", "kbuild"), idlc, os.path.join(work, "kbuild"), "6.1", *PROGRAMS])
    print(f"compile all IDL (nvme and ixgbe): {total * 1000:.1f} ms of CPU, {memory / 1024:.1f} MiB")
    print(f"  with the comparison with BTF:   {with_btf * 1000:.1f} ms of CPU, {btf_memory / 1024:.1f} MiB")
    print(f"gcc -O2 of its {len(files)} C files:      {cc * 1000:.0f} ms of CPU, {cc / total:.0f} times as much")
    print(f"  as Kbuild compiles them, W=1:   {kbuild * 1000:.0f} ms of CPU with make, modpost and sparse, {kbuild / total:.0f} times as much\n")
    print("lines of IDL (without blank and comment lines)")
    for p in sorted(set(glob.glob(os.path.join(TOP, "klcd/**/*.idl"), recursive=True) + PROGRAMS)):
        print(f"  {lines(p):5} {os.path.relpath(p, TOP)}")
    made = sum(sum(1 for _ in open(f, encoding='ascii')) for f in glob.glob(os.path.join(out, "*.[ch]")))
    print(f"lines of C made of them: {made}\n")
    here = os.path.join(work, "list")
    subprocess.run([idlc, "compile", os.path.join(HERE, "list.idl"), "-o", here], check=True)
    binary = os.path.join(work, "count")
    subprocess.run(["gcc", "-O2", "-std=gnu11", "-fno-strict-aliasing", f"-I{TOP}/include", f"-I{here}", os.path.join(HERE, "count.c"),
                    *glob.glob(os.path.join(here, "*.c")), "-o", binary], check=True)
    print("a call, without ring and crossing   instructions   request   reply (bytes)")
    for row in subprocess.check_output([binary], text=True).splitlines():
        way, name, steps, sent, back = row.split("|")
        print(f"  {way:15} {name:18} {int(steps):10} {int(sent):10} {int(back):7}")


main()
