#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Random legal IDL: it compiles, formats to itself, its C builds without a warning, and the x_test.c
that the compiler makes for it passes under ASan and UBSan: random legal values arrive as they left,
random lies do not arrive. The project's own interfaces take the same test.

usage: property.py COMPILER WORKDIR [COUNT [SEED]] [-- FILE...]
"""
import glob
import os
import random
import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.realpath(__file__))
INCLUDE = os.path.join(HERE, "..", "..", "include")
CFLAGS = ["-std=gnu11", "-g1", "-O0", "-Wall", "-Wextra", "-Werror", "-fno-strict-aliasing",
          "-fsanitize=address,undefined", "-fno-sanitize-recover=all", f"-I{INCLUDE}"]
TYPES = {"u8": (0, 2**8 - 1), "u16": (0, 2**16 - 1), "u32": (0, 2**32 - 1), "u64": (0, 2**64 - 1),
         "i8": (-2**7, 2**7 - 1), "i16": (-2**15, 2**15 - 1), "i32": (-2**31, 2**31 - 1), "i64": (-2**63, 2**63 - 1)}


class Maker:
    """One random file. Sizes are kept small enough that most functions fit; those that do not are left out."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.n = 0
        self.enums, self.flags, self.structs, self.unions, self.handles, self.tables = [], [], [], [], [], []
        self.size = {}

    def name(self, prefix):
        self.n += 1
        return f"{prefix}{self.n}"

    def number(self):
        """A type, perhaps with a range, and its bytes."""
        kind = self.r.choice(list(TYPES))
        low, high = TYPES[kind]
        width = 1 << (list(TYPES).index(kind) % 4)
        shape = self.r.randrange(4)
        if shape == 0 and low == 0:
            top = 1 << self.r.randrange(1, 8 * width)
            return kind, f" [1 .. {top}] power of two", width
        if shape in (1, 2):
            a, b = sorted(self.r.randint(low, high) for _ in range(2))
            return kind, f" [{a} .. {b}]", width
        return kind, "", width

    def element(self, depth=0):
        """(type, range, bytes) of something that can be an array's element or a field."""
        k = self.r.randrange(10)
        if k == 0 and self.enums:
            return self.r.choice(self.enums), "", 4
        if k == 1 and self.flags:
            return self.r.choice(self.flags), "", 4
        if k in (2, 3) and self.structs and depth < 2:
            s = self.r.choice(self.structs)
            return s, "", self.size[s]
        if k == 4 and self.unions:
            u = self.r.choice(self.unions)
            return u, "", self.size[u]
        if k == 5:
            return "bool", "", 1
        return self.number()

    def field(self, parameter, room):
        """One declaration of at most `room` bytes, and those bytes."""
        name = self.name("v")
        k = self.r.randrange(8)
        if k == 0:
            n = self.r.randint(1, max(1, min(40, room)))
            return f"char {name}[{n}]", n
        if parameter and k == 1:
            n = self.r.randint(1, max(1, min(600, room - 4)))
            return f"bytes {name}[{self.name('n')} max {n}]", n + 8
        kind, limits, width = self.element(0 if parameter else 1)
        if k == 2 or (k == 3 and not parameter):
            n = self.r.randint(1, max(1, min(6, room // (width + 8))))
            return f"{kind} {name}[{n}]{limits}", n * (width + 8)
        if parameter and k == 3:
            n = self.r.randint(1, max(1, min(300, room // (width + 8))))
            return f"{kind} {name}[{self.name('n')} max {n}]{limits}", n * (width + 8)
        return f"{kind} {name}{limits}", width + 8

    def values(self, parameter, room, most):
        out, used = [], 0
        for _ in range(self.r.randrange(0 if parameter else 1, most)):
            text, size = self.field(parameter, room - used)
            if used + size <= room:
                out.append(text)
                used += size
        return out, used

    def types(self):
        lines = []
        for _ in range(self.r.randrange(1, 3)):
            e = self.name("e")
            values = self.r.sample(range(200), self.r.randint(1, 5))
            lines.append(f"enum {e} : {self.r.choice(['u8', 'u16', 'u32', 'u64'])} {{ "
                         + ", ".join(f"c{i} = {v}" for i, v in enumerate(values)) + " }")
            self.enums.append(e)
            self.size[e] = len(values)
        f = self.name("f")
        lines.append(f"flags {f} : u{self.r.choice([8, 16, 32, 64])} {{ " + ", ".join(f"b{i}" for i in range(self.r.randint(1, 8))) + " }")
        self.flags.append(f)
        for _ in range(self.r.randrange(1, 4)):
            s = self.name("s")
            fields, size = self.values(False, 200, 6)
            if not fields:
                fields, size = ["u8 only"], 1
            if self.r.randrange(3) == 0:
                count = self.name("k")
                fields += [f"{self.r.choice(['u8', 'u16', 'u32'])} {count}", f"u16 {self.name('v')}[{count} max {self.r.randint(1, 9)}]"]
                size += 40
            lines.append(f"struct {s} {{ " + " ".join(x + ";" for x in fields) + " }")
            self.structs.append(s)
            self.size[s] = size + 16
            if self.r.randrange(2):
                e = self.r.choice(self.enums)
                u = self.name("m")
                members, largest = [], 8
                for i in range(self.size[e]):
                    text, size = self.field(False, 120)
                    largest = max(largest, size)
                    members.append(f"c{i}: {text};" if self.r.randrange(3) else f"c{i};")
                lines.append(f"union {u} of {e} {{ " + " ".join(members) + " }")
                self.unions.append(u)
                self.size[u] = largest + 16
        for _ in range(self.r.randrange(0, 3)):
            h = self.name("h")
            lines.append(f'handle {h} is "struct klcd_{h}";')
            self.handles.append(h)
        if self.r.randrange(2):
            t = self.name("o")
            codes = self.r.sample(range(256), 4)
            lines.append(f"opcodes {t} : u8 {{ {codes[0]}: in max {self.r.randint(1, 64)}; {codes[1]}: out max {self.r.randint(1, 64)} "
                         f"capability sys_admin; {codes[2]}: inout max {self.r.randint(1, 64)} restart resubmit; {codes[3]}: none; }}")
            self.tables.append(t)
        return lines

    def function(self, from_host):
        wait = self.r.randrange(3) > 0
        name = self.name("fn")
        params, used = self.values(True, 1500 if wait else 28, 6 if wait else 3)
        if self.handles and self.r.randrange(2) and used < 40:
            params.insert(0, f"{self.r.choice(self.handles)} {self.name('v')}")
        table = from_host and wait and self.tables and self.r.randrange(2)
        if table:
            params += [f"{self.tables[0]} code", f"bytes {self.name('v')}[{self.name('n')} max 64]",
                       f"out bytes {self.name('v')}[{self.name('n')} max 64]"]
        outs = []
        if wait:
            outs = ["out " + x for x in self.values(True, 900, 4)[0]]
            if self.r.randrange(4) == 0:
                asked = self.name("q")
                params.append(f"u32 {asked} [0 .. 16]")
                bulk = "bulk " if from_host and self.r.randrange(2) else ""
                outs.append(f"out {bulk}{self.r.choice(['u8', 'u32', 'u64'])} {self.name('v')}[{asked} max 16]")
        tail = ""
        if wait and from_host:
            tail += " within 2 s"
            if not table and used < 200:
                options = ["", " restart fail", " restart resubmit"]
                small = used < 100 and not any(" max " in o or "[" in o for o in outs)
                if outs and small and not any(s in o.split() for s in self.structs + self.unions for o in outs):
                    options.append(" once")
                if not outs:
                    options += [" restart drop"] + [" restart replay"] * bool(params)
                tail += self.r.choice(options)
        elif wait and self.r.randrange(2):
            tail += " context sleep effect " + self.r.choice(["none", "uevent + log quota 30/s", "kick quota 40/ms"])
            if self.r.randrange(3) == 0:
                tail += ' concurrent "why not"'
        if not from_host and "quota" not in tail and self.r.randrange(4) == 0:
            tail += f" quota {self.r.randint(1, 50)}/s"
        data = ""
        if not wait and used < 20 and self.r.randrange(4) == 0 and not any("[" in p for p in params):
            data, params = "data ", ["u16 queue"] + params
        how = "wait int" if wait else data + ("post int" if self.r.randrange(2) else "post void")
        return name, f"\t{how} {name}({', '.join(params + outs)}){tail};", params

    def machine(self, functions):
        """For each handle: the first two sometimes move, or stay as they are."""
        lines = []
        for h in self.handles:
            events = [(name, text, host) for name, text, params, host in functions if any(p.startswith(h + " ") for p in params)]
            first, text, host = events[0]
            lines.append(f"machine life_{h} of {h} {{")
            rest = self.r.choice(["accept", "drop", "kill"])
            shape = self.r.randrange(3)
            if shape == 0:
                lines.append("\tstart state live { other: accept; }")
            elif shape == 1 and not host and "wait int" in text:
                lines.append(f"\tstart state cold {{ {first}: accept -> moving -> warm; other: accept; }}")
                lines.append(f"\tstate moving {{ {first}: drop; other: {rest}; }}")
                lines.append(f"\tstate warm {{ {first}: accept -> cold; other: {rest}; }}")
            else:
                lines.append(f"\tstart state cold {{ {first}: accept -> warm; other: accept; }}")
                lines.append(f"\tstate warm {{ {first}: accept -> cold; other: {rest}; }}")
            lines.append("}")
        return lines

    def text(self):
        lines = ["// SPDX-License-Identifier: GPL-2.0-only", "interface prop = 11;"] + self.types()
        functions = []
        # Each handle has a function, and a machine.
        for h in self.handles:
            name = self.name("fn")
            functions.append((name, f"\twait int {name}({h} {self.name('v')}, u32 {self.name('v')}) context sleep effect none;",
                              [f"{h} v"], False))
        for _ in range(self.r.randint(3, 8)):
            host = bool(self.r.randrange(2))
            functions.append(self.function(host) + (host,))
        for host, side in ((False, "domain"), (True, "host")):
            mine = [text for _, text, _, h in functions if h is host]
            if mine:
                lines += [f"from {side} {{"] + mine + ["}"]
        return "\n".join(lines + self.machine(functions)) + "\n"


def run(args):
    # CPU time, not the wall's: a busy computer is no failure.
    try:
        done = subprocess.run(args, capture_output=True, text=True, timeout=1800, check=False,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (60, 60)))
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(args, 124, "", "ran over its time limit")
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return subprocess.CompletedProcess(args, 124, "", "ran over its limit of CPU time")
    return done


def build_and_run(out, name, rounds, seed):
    """Empty, or what went wrong."""
    binary = os.path.join(out, name)
    built = run(["gcc", *CFLAGS, f"-I{out}", *(os.path.join(out, f"{name}_{part}.c") for part in ("host", "domain", "test")),
                 "-o", binary])
    if built.returncode:
        return "does not build:\n" + built.stderr[:3000]
    done = run([binary, str(rounds), str(seed)])
    return "" if done.returncode == 0 else "its test fails:\n" + (done.stdout + done.stderr)[:3000]


def random_file(idlc, work, seed):
    out = os.path.join(work, f"random{seed}")
    os.makedirs(out, exist_ok=True)
    path = os.path.join(out, "prop.idl")
    with open(path, "w", encoding="ascii") as f:
        f.write(Maker(seed).text())
    made = run([idlc, "compile", path, "--tests", "-o", out])
    if made.returncode:
        return f"{path} is refused:\n{made.stderr[:3000]}"
    if run([idlc, "format", "-i", path]).returncode or run([idlc, "format", "--check", path]).returncode:
        return f"{path}: formatting is not stable"
    again = os.path.join(out, "again")
    run([idlc, "compile", path, "-o", again])
    for part in ("host", "domain"):
        # Formatting moves lines; nothing else of the output may change.
        strip = [line for line in open(os.path.join(out, f"prop_{part}.c"), encoding="ascii") if not line.strip().startswith("/*")]
        same = [line for line in open(os.path.join(again, f"prop_{part}.c"), encoding="ascii") if not line.strip().startswith("/*")]
        if [x.split("/*")[0] for x in strip] != [x.split("/*")[0] for x in same]:
            return f"{path}: formatting changed the meaning"
    wrong = build_and_run(out, "prop", 300, seed)
    return f"{path} {wrong}" if wrong else ""


def main():
    args = sys.argv[1:]
    files = args[args.index("--") + 1:] if "--" in args else []
    args = args[:args.index("--")] if "--" in args else args
    idlc, work = os.path.abspath(args[0]), os.path.abspath(args[1])
    count = int(args[2]) if len(args) > 2 else 10
    first = int(args[3]) if len(args) > 3 else 1
    jobs = [lambda s=s: random_file(idlc, work, s) for s in range(first, first + count)]
    own = os.path.join(work, "own")
    os.makedirs(own, exist_ok=True)
    wrong = []
    for path in files:
        made = run([idlc, "compile", path, "--tests", "-o", own])
        if made.returncode:
            wrong.append(f"{path} is refused:\n{made.stderr}")
    for test in sorted(glob.glob(os.path.join(own, "*_test.c"))):
        name = os.path.basename(test)[:-len("_test.c")]
        jobs.append(lambda n=name: (lambda w: f"{n}: {w}" if w else "")(build_and_run(own, n, 1000, first)))
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda job: job(), jobs))
    wrong += [r for r in results if r]
    for r in wrong[:5]:
        print("FAIL property:", r)
    print(f"{len(results) - len([r for r in results if r])} passed, {len(wrong)} failed, 0 skipped")
    return 1 if wrong else 0


sys.exit(main())
