# SPDX-License-Identifier: GPL-2.0-only
"""Suites of scripts/check that run beside each other: what each may cost, and whose output is shown."""
import os
import re
import selectors
import signal
import subprocess
import time
from collections import namedtuple

PLAIN = re.compile(r"^(?:[\w-]+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$")
GTEST = re.compile(r"^\[  (PASSED|FAILED|SKIPPED) +\] (\d+) tests?(?:[.,]|$)")
SHOW = re.compile(r"^(ok|FAIL|skip|not ok)\b|\[  FAILED|error:|Error \d|warning:")
TICKS = os.sysconf("SC_CLK_TCK")
# A suite that does nothing does not use up its CPU time: it has so many times that in wall time.
WALL_FACTOR = 4
# Seconds between two looks at what they have used.
LOOK = 0.5
# Seconds that a suite has to end what it has started, after it was told to.
GRACE = 10

# limit: CPU seconds of all its processes; cpus: how many it keeps busy; places: two suites that write to one never run at once.
Suite = namedtuple("Suite", "name limit cpus places command asked")
Process = namedtuple("Process", "parent cpu")


def read_suites(path):
    """The suites of that file, in order."""
    with open(path, encoding="utf-8") as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                name, limit, needs, command = (part.strip() for part in line.split("|", 3))
                cpus, *places = needs.split()
                yield Suite(name.lstrip("~ "), int(limit), int(cpus), frozenset(places), command, name.startswith("~"))


def count(lines):
    """[passed, failed, skipped] of the last summary, or None."""
    plain, gtest = None, None
    for line in lines:
        line = line.strip()
        if m := PLAIN.match(line):
            plain = [int(m[1]), int(m[2]), int(m[3] or 0)]
        elif m := GTEST.match(line):
            gtest = gtest or [0, 0, 0]
            gtest[("PASSED", "FAILED", "SKIPPED").index(m[1])] = int(m[2])
    return plain or gtest


def processes():
    """Number to parent and CPU seconds, with those of the children that it has waited for, of all processes."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as f:
                    fields = f.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            found[int(name)] = Process(int(fields[1]), sum(map(int, fields[11:15])) / TICKS)
    return found


def family(found, root):
    """That process and all below it."""
    children = {}
    for pid, process in found.items():
        children.setdefault(process.parent, []).append(pid)
    members = [root] if root in found else []
    for pid in members:
        members += children.get(pid, [])
    return members


class Running:
    """A suite that runs. Its output is kept in the log and, once it is in front, shown."""

    def __init__(self, suite, top, say):
        self.suite, self._say = suite, say
        self._front, self._unsaid, self._lines, self._rest = False, [], [], b""
        self._members, self._cpu, self._why, self._told = [], 0.0, "", 0.0
        self._status, self.writes = None, True
        self._log = open(os.path.join(top, "build/check", suite.name + ".log"), "w", encoding="utf-8")
        self.started = time.monotonic()
        self.process = subprocess.Popen(["bash", "-c", suite.command], cwd=top, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, start_new_session=True)
        os.set_blocking(self.process.stdout.fileno(), False)
        self._show(f"== {suite.name}: {suite.command}")

    def _show(self, text):
        if self._front:
            self._say(text)
        else:
            self._unsaid.append(text)

    def to_front(self):
        """From now on its output is shown as it comes."""
        self._front = True
        for text in self._unsaid:
            self._say(text)
        self._unsaid.clear()

    def take(self):
        """Takes what it has written; `writes` is false at the end of that. Returns whether there was something."""
        try:
            data = os.read(self.process.stdout.fileno(), 1 << 16)
        except BlockingIOError:
            return False
        self.writes = bool(data)
        *whole, self._rest = (self._rest + data).split(b"\n")
        if not data and self._rest:
            whole.append(self._rest)
        for line in whole:
            line = line.decode("utf-8", "replace")
            self._log.write(line + "\n")
            self._lines.append(line)
            if SHOW.search(line):
                self._show("   " + line.rstrip())
        self._log.flush()
        return self.writes

    def ended(self):
        """Context: its last CPU seconds are those that the kernel counted."""
        if self._status is None:
            pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if pid:
                self._status = self.process.returncode = os.waitstatus_to_exitcode(status)
                self._cpu = max(self._cpu, usage.ru_utime + usage.ru_stime)
        return self._status is not None

    def account(self, found):
        """Counts what it has used, and ends it when that is too much."""
        self._members = family(found, self.process.pid) or self._members
        self._cpu = max(self._cpu, sum(found[pid].cpu for pid in self._members if pid in found))
        if self._cpu > self.suite.limit:
            self.end(f"ran over its limit of {self.suite.limit} CPU seconds")
        elif time.monotonic() - self.started > self.suite.limit * WALL_FACTOR:
            self.end(f"has not ended after {self.suite.limit * WALL_FACTOR} seconds")

    def end(self, why):
        """Tells it to end, and kills what is left of it some seconds later."""
        if not self._why:
            self._why, self._told = why, time.monotonic()
            os.killpg(self.process.pid, signal.SIGTERM)
        elif time.monotonic() - self._told > GRACE:
            for pid in self._members:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass

    def result(self):
        """[passed, failed, skipped], and says what a reader wants of it. Context: it has ended."""
        # Not to the end: something that outlives it may still hold its output.
        while self.writes and self.take():
            pass
        self._log.close()
        self.process.stdout.close()
        result = count(self._lines)
        why = self._why or f"ended with status {self._status}"
        name = self.suite.name
        if result is None:
            self._fail(f"{name}: {why} and no count of tests")
            result = [0, 1, 0]
        elif self._why or (self._status and not result[1]):
            self._fail(f"{name}: {why}")
            result[1] += 1
        elif not sum(result):
            self._fail(f"{name}: ran no test")
            result = [0, 1, 0]
        passed, failed, skipped = result
        self._show(f"   {name} ({time.monotonic() - self.started:.0f} s, {self._cpu:.0f} CPU s): "
                   f"{passed} passed | {failed} failed | {skipped} skipped")
        return result

    def _fail(self, text):
        for line in self._lines[-15:]:
            self._show("   | " + line)
        self._show(f"   FAIL {text}")


def next_that_fits(waiting, running, cpus):
    """The first that may start beside those that run, or None; one that wants more than there is runs alone."""
    free = cpus - sum(min(r.suite.cpus, cpus) for r in running)
    taken = frozenset().union(*(r.suite.places for r in running))
    for suite in waiting:
        if min(suite.cpus, cpus) <= free and not suite.places & taken:
            return suite
    return None


def run(suites, cpus, top, say, stopped=lambda: False):
    """Runs them, as many at once as keep that many CPUs busy, and returns the sum [passed, failed, skipped].

    What they say comes in the order in which they start, that of the first one that runs at once.
    """
    os.makedirs(os.path.join(top, "build/check"), exist_ok=True)
    waiting, running, unsaid, total, looked = list(suites), [], [], [0, 0, 0], 0.0
    while waiting or running:
        while not stopped() and (suite := next_that_fits(waiting, running, cpus)):
            waiting.remove(suite)
            running.append(Running(suite, top, say))
            unsaid.append(running[-1])
        if stopped():
            waiting.clear()
        if unsaid:
            unsaid[0].to_front()
        with selectors.DefaultSelector() as s:
            for r in running:
                if r.writes:
                    s.register(r.process.stdout, selectors.EVENT_READ, r)
            for key, _ in s.select(LOOK):
                key.data.take()
        if time.monotonic() - looked > LOOK:
            found, looked = processes(), time.monotonic()
            for r in running:
                r.account(found)
                if stopped():
                    r.end("stopped")
        for r in [r for r in running if r.ended()]:
            total = [a + b for a, b in zip(total, r.result())]
            running.remove(r)
        while unsaid and unsaid[0] not in running:
            unsaid.pop(0).to_front()
    return total
