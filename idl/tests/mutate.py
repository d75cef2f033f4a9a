#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Takes one check at a time out of the generated host side; each time some test must fail.

usage: mutate.py DIR   (DIR holds all.h, all_host.c, all_domain.c of tests/all.idl)
"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
INCLUDE = os.path.join(HERE, "..", "..", "include")
FLAGS = ["-g0", "-O0", "-w", "-fno-strict-aliasing"]


def run(*args, **more):
    return subprocess.run(args, check=True, **more)


def mutants(text):
    """(what, text without it): guards that refuse, scrubs, and clearing of memory."""
    guard = re.compile(r"^\t+if \([^{}]*?\)\n\t+return (lxd_refuse\([^;]*|-EPROTO);\n", re.M)
    loop_scrub = re.compile(r"^\t+for \([^\n]*\n\t+scrub_[^\n]*;\n", re.M)
    scrub = re.compile(r"^\t(scrub_|lxd_text_scrub|memset\([pr]->)[^\n]*;\n", re.M)
    for pattern in (guard, loop_scrub, scrub):
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            what = " ".join(match.group(0).split())
            yield f"{line}: {what}", text[: match.start()] + text[match.end():]


def main():
    build = os.path.abspath(sys.argv[1])
    work = os.path.join(build, "mutants")
    os.makedirs(work, exist_ok=True)
    include = ["-I", work, "-I", build, "-I", INCLUDE]
    run("g++", "-std=c++20", *FLAGS, *include, "-c", os.path.join(HERE, "glue_test.cpp"), "-o", f"{work}/test.o")
    run("cc", *FLAGS, *include, "-c", f"{build}/all_domain.c", "-o", f"{work}/domain.o")

    def dies(host):
        run("cc", *FLAGS, *include, "-c", host, "-o", f"{work}/host.o")
        run("g++", f"{work}/test.o", f"{work}/domain.o", f"{work}/host.o", "-lgtest", "-lgtest_main",
            "-o", f"{work}/test")
        done = subprocess.run([f"{work}/test", "--gtest_filter=-*random*", "--gtest_brief=1"],
                              capture_output=True, timeout=60, check=False)
        return done.returncode != 0

    if dies(f"{build}/all_host.c"):
        print("the tests fail without any mutation")
        print("0 passed, 1 failed, 0 skipped")
        return 1
    killed, alive = 0, 0
    candidates = [("all_host.c", m, t) for m, t in mutants(open(f"{build}/all_host.c").read())]
    glue = open(os.path.join(INCLUDE, "lxd", "glue.h")).read()
    candidates += [("glue.h", m, t) for m, t in mutants(glue)]
    os.makedirs(f"{work}/lxd", exist_ok=True)
    for name, what, text in candidates:
        target = f"{work}/mutant.c" if name == "all_host.c" else f"{work}/lxd/glue.h"
        with open(target, "w", encoding="ascii") as out:
            out.write(text)
        if dies(target if name == "all_host.c" else f"{build}/all_host.c"):
            killed += 1
        else:
            alive += 1
            print(f"survives: {name}:{what}")
        os.remove(target)
    print(f"{killed} passed, {alive} failed, 0 skipped")
    return 1 if alive else 0


sys.exit(main())
