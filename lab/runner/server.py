# SPDX-License-Identifier: GPL-2.0-only
"""Machines that have booted and wait for scenarios (lab/plugins/server.hpp), one for each sort of machine."""
import fcntl
import glob
import gzip
import hashlib
import os
import shutil
import socket
import threading
import time

from . import bochs, image
from .process import Forked, Lines, Started, cpu_seconds
from .scenario import TOP, ScenarioError
from .watch import STOP

# CPU seconds that a boot may take.
BOOT_LIMIT = 240
# Seconds until a server must have answered, on a busy machine.
ANSWER_LIMIT = 120


def read(path):
    with open(path, "rb") as f:
        return f.read()


def servers_of(out):
    """The folder of the servers below the folder of the logs."""
    return os.path.join(out, "servers")


def check_stop():
    if STOP.is_set():
        raise ScenarioError("stopped")


def try_lock(file):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def connect(folder):
    """The lines of a connection to the server in that folder, None if there is none."""
    try:
        fd = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # A short name: the length of a socket's address is limited.
        sock.connect(f"/proc/self/fd/{fd}/socket")
    except OSError:
        sock.close()
        return None
    finally:
        os.close(fd)
    return Lines(sock)


def ask(lines, text):
    """Sends that and returns the answer, "" if there is none."""
    try:
        lines.send(text)
        return lines.read(ANSWER_LIMIT) or ""
    except OSError:
        return ""


class Machine:
    """What a server has booted: two scenarios with the same machine can share one."""

    def __init__(self, s, emu, kernel, base, folder):
        self.s, self.emu, self.kernel = s, emu, kernel
        self.arguments = image.cmdline(s)
        self.initrd = gzip.compress(base.bytes(), 1, mtime=0)
        parts = [bochs.configuration(s, emu, "@").encode(), emu.folder.encode(), s.processor.encode(),
                 self.arguments.encode(), self.initrd, read(os.path.join(emu.plugins, "libbx_lab.so")),
                 read(os.path.join(TOP, "lab/runner/msrs.def")), read(kernel.vmlinuz)]
        digest = hashlib.sha256(b"".join(hashlib.sha256(p).digest() for p in parts)).hexdigest()
        # The readable part tells people what it is, and which servers a new one replaces.
        sort = f"{s.variant}-{s.cpus}cpu-{s.memory}M-{kernel.version}"
        other = hashlib.sha256(f"{self.arguments}|{s.model}|{s.without}|{s.processor}|{s.ips}".encode()).hexdigest()
        self.sort = f"{sort}-{other[:4]}"
        self.name = f"{self.sort}-{digest[:10]}"
        self.folder = os.path.join(servers_of(folder), self.name)


class Servers:
    """The servers that this process uses; it keeps each as long as `keep` says after its own end."""

    def __init__(self, keep):
        self._keep = keep
        self._guard = threading.Lock()
        self._held = {}
        self._users = {}

    def release(self, out):
        """Lets the server go from which the scenario in the folder `out` has started, if any: nobody here needs it again."""
        with self._guard:
            lines = self._held.pop(self._users.pop(out, ""), None)
            if lines:
                lines.close()

    def fork(self, machine, out, say):
        """The process of a machine that has booted and goes on in the folder `out`, with its files and devices."""
        for _ in range(2):
            self._hold(machine, say)
            lines = connect(machine.folder)
            if lines:
                answer = ask(lines, f"run {out}")
                if answer.startswith("pid "):
                    with self._guard:
                        self._users[out] = machine.name
                    return Forked(lines, int(answer[4:]))
                lines.close()
                if answer.startswith("!"):
                    raise ScenarioError(f"the machine that waits for scenarios: {answer[1:]}")
            # It has died meanwhile: boot another.
            with self._guard:
                dead = self._held.pop(machine.name, None)
            if dead:
                dead.close()
        raise ScenarioError(f"the machine that waits for scenarios died twice; see {os.path.relpath(machine.folder)}")

    def _hold(self, machine, say):
        with self._guard:
            held = self._held.get(machine.name)
            if held and held.read(0) is None:
                return
        os.makedirs(os.path.dirname(machine.folder), exist_ok=True)
        with open(machine.folder + ".lock", "w", encoding="ascii") as lock:
            if not try_lock(lock):
                say("waits for another run, which boots this machine")
                while not try_lock(lock):
                    check_stop()
                    time.sleep(0.2)
            lines = self._running(machine.folder) or self._boot(machine, say)
        with self._guard:
            self._held[machine.name] = lines

    def _running(self, folder):
        """A connection that holds the server in that folder, None if there is none that answers."""
        lines = connect(folder)
        if not lines:
            return None
        if ask(lines, f"hold {self._keep}\nstate").startswith("pid "):
            return lines
        lines.close()
        return None

    def _boot(self, machine, say):
        """Starts the server and waits until its machine has booted."""
        for other in glob.glob(os.path.join(os.path.dirname(machine.folder), machine.sort + "-*", "socket")):
            stop(os.path.dirname(other))
        shutil.rmtree(machine.folder, ignore_errors=True)
        os.makedirs(machine.folder)
        say(f"boots {machine.name}, from which scenarios start (once, about 30 CPU s)")
        image.iso(machine.kernel.vmlinuz, machine.initrd, machine.arguments, machine.folder)
        command, env = bochs.prepare(machine.s, machine.emu, machine.folder)
        ours, theirs = socket.socketpair()
        with theirs:
            env["LXD_LAB_SERVE"] = str(theirs.fileno())
            process = Started(["nice", *command], env, machine.folder, pass_fds=[theirs.fileno()])
        lines = Lines(ours)
        try:
            answer = None
            while answer is None and process.running() and cpu_seconds(process.pid) < BOOT_LIMIT:
                check_stop()
                answer = lines.read(0.5)
            if answer != "ready":
                raise ScenarioError(f"the machine that scenarios start from did not boot{self._why(machine, process)}; "
                                    f"logs in {os.path.relpath(machine.folder)}")
            lines.send(f"hold {self._keep}")
        except BaseException:
            lines.close()
            process.end()
            raise
        say(f"has booted in {cpu_seconds(process.pid):.0f} CPU s")
        os.unlink(os.path.join(machine.folder, "boot.iso"))
        return lines

    @staticmethod
    def _why(machine, process):
        if process.running():
            return f" within {BOOT_LIMIT} CPU s"
        return f": {process.why()}" if process.why() else ""

    def close(self):
        """Lets all servers go."""
        with self._guard:
            for lines in self._held.values():
                lines.close()
            self._held.clear()


def stop(folder):
    """Asks the server in that folder to end; returns its answer, "" if there is none."""
    lines = connect(folder)
    if not lines:
        return ""
    answer = ask(lines, "stop")
    lines.close()
    return answer


def each(out):
    """(name, folder, state) of the servers that run; state is a text or, of one that does not answer, empty."""
    for path in sorted(glob.glob(os.path.join(servers_of(out), "*", "socket"))):
        folder = os.path.dirname(path)
        lines = connect(folder)
        if lines:
            state = ask(lines, "state")
            lines.close()
            yield os.path.basename(folder), folder, state
