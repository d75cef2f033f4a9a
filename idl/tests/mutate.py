#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Takes one check at a time out of the generated host side and of the headers that it uses; each
time some test must fail.

usage: mutate.py DIR NAME...   (DIR holds NAME.h, NAME_host.c, NAME_domain.c of golden/NAME.idl)
"""
import glob
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
INCLUDE = os.path.join(HERE, "..", "..", "include")
FLAGS = ["-g0", "-O0", "-w", "-fno-strict-aliasing"]
HEADERS = ("glue.h", "contract.h")

# A condition that is never true takes the check away, whatever hangs on it.
GUARD = re.compile(r"^(\t+)(?:else |\} else )?if \(((?:[^{}\n]|\n\1 {4})*)\)(?: \{)?\n\1\t([^\n]*;)\n", re.M)
LINE = re.compile(r"^\t+(?:for \([^\n]*\n\t+)?(scrub_|lxd_text_scrub|lxd_object_back|lxd_object_settle|lxd_object_enter|lxd_object_leave|release_|keep_|memset\()[^\n]*;\n", re.M)
# Without these nothing becomes wrong: copies of nothing, memory that is never short in a test, what
# is zero already, and answers to what needs none.
HARMLESS = re.compile(r"if \(\w+\)\n\t+memcpy\(|-ENOMEM|memset\(&o->hold|memset\(o, 0|memset\(c, 0|memset\(to \+ n"
                      r"|if \(!msg->call\)")


def run(*args, **more):
    return subprocess.run(args, check=True, **more)


def mutants(text):
    """(what, text without it)."""
    seen = set()
    for pattern in (GUARD, LINE):
        for match in pattern.finditer(text):
            if match.start() in seen or HARMLESS.search(match.group(0)):
                continue
            before = text[:match.start()].rsplit("\n", 2)[-2].strip()
            if pattern is LINE and before.startswith(("if (", "for (")) and not before.endswith("{"):
                continue
            seen.add(match.start())
            line = text.count("\n", 0, match.start()) + 1
            what = f"{line}: {' '.join(match.group(0).split())}"
            if pattern is GUARD:
                yield what, text[:match.start(2)] + "0" + text[match.end(2):]
            else:
                yield what, text[:match.start()] + text[match.end():]


class Suite:
    """One interface with its test."""

    def __init__(self, build, name):
        self.build, self.name = build, name
        self.work = os.path.join(build, "mutants", name)
        os.makedirs(self.work, exist_ok=True)
        include = ["-I", build, "-I", INCLUDE]
        parts = sorted(glob.glob(os.path.join(HERE, f"{name}_*.cpp")))
        for n, part in enumerate(parts):
            run("g++", "-std=c++20", *FLAGS, *include, "-c", part, "-o", f"{self.work}/part{n}.o")
        run("ld", "-r", *(f"{self.work}/part{n}.o" for n in range(len(parts))), "-o", f"{self.work}/test.o")
        run("cc", *FLAGS, *include, "-c", f"{build}/{name}_domain.c", "-o", f"{self.work}/domain.o")

    def dies(self, number, file, text):
        """Builds with `file` replaced by `text`; does the test notice?"""
        work = os.path.join(self.work, str(number))
        os.makedirs(f"{work}/lxd", exist_ok=True)
        host = f"{self.build}/{self.name}_host.c"
        if file:
            target = f"{work}/lxd/{file}" if file in HEADERS else f"{work}/host.c"
            host = host if file in HEADERS else target
            with open(target, "w", encoding="ascii") as out:
                out.write(text)
        run("cc", *FLAGS, "-I", work, "-I", self.build, "-I", INCLUDE, "-c", host, "-o", f"{work}/host.o")
        run("g++", f"{self.work}/test.o", f"{self.work}/domain.o", f"{work}/host.o", "-lgtest", "-lgtest_main", "-o", f"{work}/test")
        try:
            done = subprocess.run([f"{work}/test", "--gtest_filter=-*random*", "--gtest_brief=1"], capture_output=True,
                                  timeout=60, check=False)
            dead = done.returncode != 0
        except subprocess.TimeoutExpired:
            dead = True
        subprocess.run(["rm", "-rf", work], check=True)
        return dead


def main():
    build = os.path.abspath(sys.argv[1])
    killed, alive = 0, 0
    jobs, suites = [], []
    for name in sys.argv[2:]:
        suite = Suite(build, name)
        suites.append(suite)
        if suite.dies("none", None, None):
            print(f"{name}: the tests fail without any mutation")
            alive += 1
            continue
        files = [f"{name}_host.c"] + ["glue.h"] * (name == "all") + ["contract.h"] * (name == "full")
        for file in files:
            path = os.path.join(INCLUDE, "lxd", file) if file in HEADERS else f"{build}/{file}"
            with open(path, encoding="ascii") as source:
                jobs += [(suite, file, what, text) for what, text in mutants(source.read())]
    def dies(job):
        number, (suite, file, _, text) = job
        # What a header does may matter to the other interface only.
        tried = suites if file == "glue.h" else [suite]
        return any(s.dies(number, file, text) for s in tried)

    with ThreadPoolExecutor(2) as pool:
        results = pool.map(dies, enumerate(jobs))
        for (_, file, what, _), dead in zip(jobs, results):
            killed, alive = killed + dead, alive + (not dead)
            if not dead:
                print(f"survives: {file}:{what}")
    print(f"{killed} passed, {alive} failed, 0 skipped")
    return 1 if alive else 0


sys.exit(main())
