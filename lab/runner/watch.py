# SPDX-License-Identifier: GPL-2.0-only
"""Runs the machine, shows what the guest says, ends it when it must end."""
import os
import re
import threading
import time

from .process import cpu_seconds

# What a healthy kernel never prints.
TROUBLE = re.compile(
    r"(?<!RETBleed: )WARNING: |BUG: |BUG at |\bOops\b|Call Trace:|general protection fault|Kernel panic|KASAN|UBSAN|"
    r"possible circular locking|INFO: possible|INFO: task .* blocked|self-detected stall|"
    r"rcu: INFO: .*stall|soft lockup|hard LOCKUP|refcount_t:|corruption|double fault|"
    r"Unable to handle|unable to handle|sleeping function called|scheduling while atomic|"
    r"invalid opcode: |divide error: |stack guard page|Trying to vfree|Bad page|"
    r"unexpected irq|do_IRQ: |nobody cared|Machine Check|MCE|held lock freed|cut here")
# Set by a signal: every run ends its emulator and fails.
STOP = threading.Event()
KERNEL_LINE = re.compile(r"^\[ *\d+\.\d+\] ?")


class Tail:
    """New complete lines of a growing file."""

    def __init__(self, path):
        self._path = path
        self._file = None
        self._rest = b""

    def lines(self, final=False):
        if self._file is None:
            try:
                self._file = open(self._path, "rb")
            except OSError:
                return []
        data = self._rest + self._file.read()
        *whole, self._rest = data.split(b"\n")
        if final and self._rest:
            whole.append(self._rest)
            self._rest = b""
        return [x.decode("utf-8", "replace").rstrip("\r") for x in whole]


class Run:
    """One run of the machine; after `go` the fields tell how it went."""

    def __init__(self, s, out_dir, say, verbose):
        self.s, self.say, self.verbose = s, say, verbose
        self.serial = Tail(os.path.join(out_dir, "serial.log"))
        self.lab = Tail(os.path.join(out_dir, "lab.log"))
        self.out_dir = out_dir
        self.trouble = []
        self.console_verdict = ""
        self.ended = ""
        self.cpu = 0.0
        self._allow = [re.compile(x) for x in s.allow]
        self._last = ""
        self._panic = 0.0

    def _read(self, final=False):
        for line in self.serial.lines(final):
            kernel = KERNEL_LINE.match(line)
            self._last = line or self._last
            if TROUBLE.search(line) and not any(a.search(line) for a in self._allow):
                self.trouble.append(line)
                self.say(f"! {line}")
            elif line.startswith("LABCTL "):
                word = line.split()[1] if len(line.split()) > 1 else ""
                if word in ("pass", "fail", "skip") and not self.console_verdict:
                    self.console_verdict = line.removeprefix("LABCTL ")
                self.say(line)
            elif self.verbose or (not kernel and line.strip() and not line.startswith("\x1b")):
                self.say(line)
            # One that the scenario allows is followed by something: a crash kernel, a callback's verdict.
            if "Kernel panic" in line and not self._panic and not any(a.search(line) for a in self._allow):
                self._panic = time.monotonic()
        for line in self.lab.lines(final):
            if self.verbose or " mark " in line or " verdict " in line:
                self.say("lab: " + line)

    def go(self, process, started):
        """Watches the machine until it has ended or must end.

        Context: ends only this process.
        """
        # A machine that is busy with others is no reason to fail.
        wall_limit = max(self.s.time * 8, 1200)
        heartbeat = time.monotonic()
        # For those who want to look at it; no child of ours if a server has forked it.
        with open(os.path.join(self.out_dir, "emulator.pid"), "w", encoding="ascii") as f:
            f.write(f"{process.pid}\n")
        try:
            while process.running():
                time.sleep(0.1)
                self._read()
                now = time.monotonic()
                self.cpu = cpu_seconds(process.pid) or self.cpu
                if self.cpu > self.s.time:
                    self.ended = f"time limit of {self.s.time} CPU s; last line: {self._last[:100]}"
                elif now - started > wall_limit:
                    self.ended = f"no end after {wall_limit} s of wall time; last line: {self._last[:100]}"
                elif STOP.is_set():
                    self.ended = "stopped"
                elif self._panic and now - self._panic > 3:
                    self.ended = "kernel panic"
                if self.ended:
                    break
                if now - heartbeat > 30:
                    heartbeat = now
                    self.say(f"... {self.cpu:.0f} CPU s, at: {self._last[:90]}")
            self.ended = self.ended or process.why()
        finally:
            process.end()
        self._read(final=True)
