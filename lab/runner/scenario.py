# SPDX-License-Identifier: GPL-2.0-only
"""A scenario file: `key: value` lines, a line `---`, a shell script for the guest.

`include: FILE` takes another file's settings and puts its script before this one's.
"""
import os
import shlex
from dataclasses import dataclass, field

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))


# MiB. A scenario's memory is rounded up to a multiple, so that more of them start from the same machine.
MEMORY = 768


class ScenarioError(Exception):
    """The file, or something it names, is wrong; the text says what to do."""


@dataclass
class Scenario:
    path: str
    name: str
    title: str = ""
    machine: str = "bochs"
    variant: str = "plain"
    cpus: int = 1
    model: str = "corei7_skylake_x"
    without: str = ""
    processor: str = ""
    memory: int = MEMORY
    ips: int = 20_000_000
    time: int = 300
    cmdline: str = ""
    kernel: str = ""
    cold: bool = False
    modules: list = field(default_factory=list)
    programs: list = field(default_factory=list)
    files: list = field(default_factory=list)
    device: list = field(default_factory=list)
    beside: list = field(default_factory=list)
    expect: list = field(default_factory=list)
    expect_not: list = field(default_factory=list)
    allow: list = field(default_factory=list)
    script: str = ""


NUMBERS = {"cpus", "memory", "ips", "time"}
TEXTS = {"title", "machine", "variant", "model", "without", "processor", "kernel"}
WORDS = {"modules", "programs", "files"}
LINES = {"device", "beside", "expect", "expect-not", "allow"}


def read_parts(path):
    """The settings as (key, value, where) and the script of a file, those of what it includes first."""
    try:
        with open(path, encoding="utf-8") as f:
            text = f.read()
    except OSError as e:
        raise ScenarioError(f"{path}: {e.strerror}") from e
    head, mark, body = text.partition("\n---\n")
    if not mark:
        raise ScenarioError(f"{path}: no line '---' between the settings and the script")
    settings, script = [], ""
    for number, line in enumerate(head.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        key, colon, value = line.partition(":")
        where = f"{path}:{number}"
        if not colon:
            raise ScenarioError(f"{where}: not 'key: value': {line}")
        if key.strip() == "include":
            more, before = read_parts(os.path.join(os.path.dirname(path), value.strip()))
            settings += more
            script += before
        else:
            settings.append((key.strip(), value.strip(), where))
    return settings, script + body


def load(path):
    """Reads one scenario; raises ScenarioError with file and line on bad input."""
    settings, body = read_parts(path)
    name = os.path.splitext(os.path.basename(path))[0]
    s = Scenario(path=path, name=name, script=body)
    for key, value, where in settings:
        if key in NUMBERS:
            if not value.isdigit() or int(value) == 0:
                raise ScenarioError(f"{where}: {key} must be a number above 0, not '{value}'")
            setattr(s, key, int(value))
        elif key in TEXTS:
            setattr(s, key, value)
        elif key == "cold":
            if value not in ("yes", "no"):
                raise ScenarioError(f"{where}: cold must be yes or no, not '{value}'")
            s.cold = value == "yes"
        elif key == "cmdline":
            s.cmdline = f"{s.cmdline} {value}".strip()
        elif key in WORDS:
            getattr(s, key).extend(shlex.split(value))
        elif key in LINES:
            getattr(s, key.replace("-", "_")).append(value)
        else:
            known = ", ".join(sorted(NUMBERS | TEXTS | WORDS | LINES | {"cmdline", "cold", "include"}))
            raise ScenarioError(f"{where}: unknown key '{key}' (known: {known})")
    s.memory = -(-s.memory // MEMORY) * MEMORY
    if s.machine not in ("bochs", "qemu"):
        raise ScenarioError(f"{path}: machine must be bochs or qemu, not '{s.machine}'")
    return s
