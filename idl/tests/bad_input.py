#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Bad input: exit status 1 and a message, within 5 seconds of CPU and 512 MiB; no crash, nothing half-written.
usage: bad_input.py COMPILER"""
import os
import resource
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
HEAD = "interface t = 3;\n"
GOOD = HEAD + """handle h is "struct klcd_h";
struct s { u32 a; }
machine life of h { start state live { g: accept -> gone; other: accept; } state gone { other: drop; } }
from domain { wait int f(h x, s v, out u32 y); wait int g(h x); }
"""

# What each piece of a file looks like when the file ends in the middle of it.
UNTERMINATED = {
    "comment": "/* never ends", "string": 'include "x', "number": "const X = 0x", "constant": "const X =", "expression": "const X = (1 + (2",
    "enumeration": "enum e : u8 { a, b", "flags": "flags f : u8 { a = 1,", "handle": 'handle h is "struct h"', "structure": "struct s { u32 a; u32 b",
    "array": "struct s { u32 a[", "range": "struct s { u32 a [1 ..", "union": "enum e : u8 { a }\nunion u of e { a: u32",
    "machine": "machine m of h { start state a { f: accept ->", "state": "machine m of h { start state", "opcodes": "opcodes o : u8 { 1: in max",
    "symbols": "symbols runtime { a, b", "kernel": "kernel { struct s { u32 a;", "prototype": "kernel { function int f(struct",
    "functions": "from host {", "function": "from host { wait int f(", "parameter": "from host { wait int f(u32", "attribute": "from host { wait int f() within",
    "include": "include", "interface": "interface", "driver": "driver",
}
TEXTS = {
    "NUL bytes": HEAD + "const A\0B = 1;\n", "only NUL": "\0" * 5000, "invalid UTF-8": b"interface t\xff\xfe = 3;\n", "lone continuation": b"// ok \xc3\xa9\nconst \x80 = 1;\n",
    "control bytes": "\x1b[31m\x07\x00" * 300, "empty name": "interface = 3;\n", "a million parentheses": HEAD + "const X = " + "(" * 500000 + "1" + ")" * 500000 + ";\n",
    "a million minus": HEAD + "const X = " + "-" * 1000000 + "1;\n", "a long sum": HEAD + "const X = 1" + " + 1" * 200000 + ";\n",
    "deep braces": HEAD + "{" * 500000, "closing braces": "}" * 500000, "one long line": HEAD + "struct s { " + "u32 a; " * 140000, "many errors": "x;\n" * 300000,
    "many strings": HEAD + 'include ""\n' * 80000, "a long word": "a" * 1000000, "a long string": HEAD + 'include "' + "x" * 1000000 + '"',
    "product overflow": HEAD + "const X = 0xffffffffffffffff * 2;\n", "sum overflow": HEAD + "const X = 0xffffffffffffffff + 1;\n", "shift overflow": HEAD + "const X = 1 << 64;\n",
    "negative shift": HEAD + "const X = 1 << -1;\n", "number overflow": HEAD + "const X = 99999999999999999999999;\n", "array of minus one": HEAD + "struct s { u32 a[-1]; }\n",
    "array of nothing": HEAD + "struct s { u32 a[0]; }\n", "array beyond memory": HEAD + "struct s { u64 a[0xffffffffffffffff]; }\n",
    "sizes that multiply": HEAD + "".join(f"struct s{i} {{ s{i - 1} a[4096]; }}\n" if i else "struct s0 { u64 a[4096]; }\n" for i in range(12)),
    "a type in itself": HEAD + "struct a { b x; }\nstruct b { a x; }\n", "a union in itself": HEAD + "enum k : u8 { a }\nunion u of k { a: u x; }\n",
    "types 40 deep": HEAD + "struct s0 { u8 a; }\n" + "".join(f"struct s{i} {{ s{i - 1} a; }}\n" for i in range(1, 40))[::1]
                     + "".join(f"struct r{i} {{ r{i + 1} a; }}\n" for i in range(40)) + "struct r40 { u8 a; }\n",
    "a machine without states": GOOD + "machine m of h { }\n", "65 states": GOOD + "machine m of h { start " + "".join(f"state s{i} {{ f: accept -> s{(i + 1) % 65}; }} " for i in range(65)) + "}\n",
    "300 functions": HEAD + "from domain { " + "".join(f"post void f{i}(); " for i in range(300)) + "}\n",
    "contradictory attributes": HEAD + "from host { wait int f() within 1 s context atomic, sleep; post int g() within 2 s; }\n",
    "no time": HEAD + "from host { wait int f() within 0 s; wait int g() within 99999999 s; }\n",
}


def limits():
    resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (5, 5))


def short_files():
    limits()
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (700, 700))


class Tester:
    def __init__(self, idlc, work):
        self.idlc, self.work, self.passed, self.failed = idlc, work, 0, 0

    def write(self, name, text):
        path = os.path.join(self.work, name)
        with open(path, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode("utf-8"))
        return path

    def refuse(self, what, *args, before=limits, says=b""):
        try:
            done = subprocess.run([self.idlc, *args], capture_output=True, timeout=60, check=False, preexec_fn=before)
        except subprocess.TimeoutExpired:
            self.verdict(False, f"{what}: more than 60 seconds")
            return
        text = done.stderr + done.stdout
        good = done.returncode == 1 and (b"error" in text or b"lxd-idlc:" in text) and b"\0" not in text and says in text and len(text) < 1 << 20
        self.verdict(good, f"{what}: status {done.returncode}: {text[:300]}")

    def verdict(self, good, what):
        self.passed, self.failed = self.passed + good, self.failed + (not good)
        if not good:
            print("FAIL bad input:", what)


def main():
    idlc = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as work:
        t = Tester(idlc, work)
        for what, text in UNTERMINATED.items():
            t.refuse("unterminated " + what, "check", t.write("u.idl", HEAD + text if what not in ("interface", "driver") else text))
        for what, text in TEXTS.items():
            path = t.write("x.idl", text)
            for command in (["check"], ["check", "--json"], ["compile", "-o", os.path.join(work, "out")]):
                t.refuse(f"{what} ({command[0]})", *command, path)
            t.verdict(not os.path.exists(os.path.join(work, "out")), f"{what}: output in spite of errors")
        t.refuse("10 MB", "check", t.write("big.idl", HEAD + "// x\n" * 2000000), says=b"1 MiB")
        for name, text in (("a", 'include "b.idl"\n'), ("b", 'include "c.idl"\n'), ("c", 'include "a.idl"\n')):
            t.write(name + ".idl", text)
        t.refuse("a circle of includes", "check", os.path.join(work, "a.idl"), says=b"include-cycle")
        for i in range(100):
            t.write(f"i{i}.idl", f'include "i{i + 1}.idl"\n')
        t.refuse("100 includes deep", "check", os.path.join(work, "i0.idl"), says=b"include-many")
        t.refuse("itself by another name", "check", t.write("self.idl", 'include "./../' + os.path.basename(work) + '/self.idl"\n'))
        t.refuse("a device as a file", "check", "/dev/zero")
        t.refuse("a directory", "check", work)
        t.refuse("no such file", "check", os.path.join(work, "nowhere.idl"))
        good = t.write("good.idl", GOOD)
        for command in ("format", "report"):
            t.refuse(f"{command} of no file", command, os.path.join(work, "nowhere.idl"))
        t.refuse("no kernel", "check", t.write("k.idl", "kernel { function int f(void); }\n"), "--kernel", "9.9.9")
        t.refuse("a kernel that is none", "check", os.path.join(work, "k.idl"), "--kernel", good)
        t.refuse("a module that is none", "infer", good)
        t.refuse("no such header", "infer", os.path.join(work, "no.h"))
        t.refuse("a header that is none", "infer", t.write("x.h", "int f(;\n#error no\n"), before=None, says=b"error")
        t.refuse("output below a file", "compile", good, "-o", os.path.join(good, "dir"))
        t.refuse("a report below a file", "report", good, "-o", os.path.join(good, "x.txt"))
        t.refuse("a full standard output", "report", good, "-o", "/dev/full/x")
        out = os.path.join(work, "out")
        os.mkdir(out)
        t.refuse("a disk that is full", "compile", good, "-o", out, before=short_files)
        t.verdict(not [f for f in os.listdir(out) if "tmp" in f or os.path.getsize(os.path.join(out, f)) % 700 == 0],
                  f"half-written output stays: {os.listdir(out)}")
        done = subprocess.run([idlc, "compile", good, "-o", out], capture_output=True, check=False, preexec_fn=limits)
        t.verdict(done.returncode == 0 and len(os.listdir(out)) == 4, "a good file is refused")
        print(f"{t.passed} passed, {t.failed} failed, 0 skipped")
        return 1 if t.failed else 0


sys.exit(main())
