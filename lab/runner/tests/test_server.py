# SPDX-License-Identifier: GPL-2.0-only
"""The server of lab/plugins, without an emulator around it: what it promises to those who are connected."""
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from runner import expect, server
from runner.process import Forked, Lines
from runner.scenario import TOP

HERE = os.path.dirname(os.path.realpath(__file__))
# Seconds; what must come comes at once on a machine that is not busy. A mutation mostly is what never comes.
PATIENCE = float(os.environ.get("LAB_PATIENCE", "120"))


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Server(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.top = tempfile.mkdtemp(prefix="lab-test-")
        cls.addClassCleanup(shutil.rmtree, cls.top, ignore_errors=True)
        cls.binary = os.path.join(cls.top, "machine")
        plugins = os.environ.get("LAB_PLUGINS", os.path.join(TOP, "lab/plugins"))
        sources = [os.path.join(plugins, f"{name}.cpp") for name in ("server", "tether", "open_files")]
        # What a mutation leaves unused is no mistake.
        warnings = ["-w"] if "LAB_PLUGINS" in os.environ else ["-Wall", "-Wextra", "-Werror"]
        subprocess.run(["g++", "-std=c++20", "-O1", *warnings, "-o", cls.binary,
                        os.path.join(HERE, "machine.cpp"), *sources], check=True)

    def setUp(self):
        self.folder = tempfile.mkdtemp(dir=self.top)
        self.count = 0

    def boot(self, **more):
        """Starts a server; returns its process and the starter's connection."""
        ours, theirs = socket.socketpair()
        with theirs:
            p = subprocess.Popen([self.binary, self.folder], pass_fds=[theirs.fileno()],
                                 env={**os.environ, "LXD_LAB_SERVE": str(theirs.fileno()), **more})
        self.addCleanup(p.wait)
        self.addCleanup(p.kill)
        lines = Lines(ours)
        self.addCleanup(lines.close)
        return p, lines

    def ready(self, keep=600):
        p, lines = self.boot()
        self.assertEqual(lines.read(PATIENCE), "ready")
        lines.send(f"hold {keep}")
        return p, lines

    def client(self):
        lines = server.connect(self.folder)
        self.assertIsNotNone(lines)
        self.addCleanup(lines.close)
        return lines

    def scenario(self):
        """Starts one that runs until end_of(its folder); returns (machine, its folder)."""
        self.count += 1
        folder = os.path.join(self.folder, f"scenario{self.count}")
        os.mkdir(folder)
        lines = self.client()
        answer = server.ask(lines, f"run {folder}")
        self.assertRegex(answer, r"^pid \d+$")
        machine = Forked(lines, int(answer[4:]))
        self.addCleanup(lambda: alive(machine.pid) and os.kill(machine.pid, signal.SIGKILL))
        return machine, folder

    @staticmethod
    def end_of(folder):
        with open(os.path.join(folder, "end"), "w", encoding="ascii"):
            pass

    def ended(self, machine):
        self.wait_for("it ends", lambda: not machine.running())

    def wait_for(self, what, happened):
        end = time.monotonic() + PATIENCE
        while not happened():
            self.assertLess(time.monotonic(), end, f"timed out waiting: {what}")
            time.sleep(0.01)

    def running(self):
        return int(re.search(r"running (\d+)", server.ask(self.client(), "state"))[1])

    def test_scenarios_have_logs_of_their_own(self):
        self.ready()
        started = [self.scenario(), self.scenario()]
        # Both are at work in their logs at once.
        for _, folder in started:
            self.wait_for("it runs", lambda f=folder: "scenario" in expect.read(os.path.join(f, "serial.log")))
        for machine, folder in started:
            self.end_of(folder)
            self.ended(machine)
            with open(os.path.join(folder, "serial.log"), encoding="ascii") as f:
                self.assertEqual(f.read(), "booted\nscenario\nposition 1\n")
        with open(os.path.join(self.folder, "serial.log"), encoding="ascii") as f:
            self.assertEqual(f.read(), "booted\n")

    def test_an_end_by_a_signal_is_told(self):
        self.ready()
        machine, _ = self.scenario()
        os.kill(machine.pid, signal.SIGKILL)
        self.ended(machine)
        self.assertEqual(machine.why(), "the emulator was killed by signal 9 (SIGKILL)")
        machine, folder = self.scenario()
        self.end_of(folder)
        self.ended(machine)
        self.assertEqual(machine.why(), "")

    def test_a_machine_ends_with_its_connection(self):
        p, _ = self.ready()
        for how in ("closed", "ended", "server dies, closed"):
            with self.subTest(how=how):
                machine, _ = self.scenario()
                if how == "ended":
                    machine.end()
                elif how == "closed":
                    machine._lines.close()
                else:
                    p.kill()
                    p.wait()
                    time.sleep(0.1)
                    self.assertTrue(alive(machine.pid))
                    machine.end()
                self.wait_for("it ends", lambda m=machine: not alive(m.pid))

    def test_why_it_cannot_run_is_told(self):
        self.ready()
        lines = self.client()
        machine = Forked(lines, int(server.ask(lines, "run /nowhere/at/all")[4:]))
        self.ended(machine)
        self.assertEqual(machine.why(), "/nowhere/at/all/serial.log: No such file or directory")

    def test_a_boot_ends_with_its_starter(self):
        p, lines = self.boot(SLOW_BOOT="1")
        self.wait_for("it boots", lambda: os.path.exists(os.path.join(self.folder, "boot.iso")))
        lines.close()
        p.wait(PATIENCE)

    def test_it_ends_when_it_is_idle(self):
        p, lines = self.ready(keep=0)
        machine, folder = self.scenario()
        lines.close()
        self.wait_for("the starter has gone", lambda: server.stop(self.folder) == "!in use by 1")
        # Longer than it takes to look twice; however late this test is woken, the scenario still runs.
        time.sleep(2.5)
        self.assertIsNone(p.poll())
        self.end_of(folder)
        self.ended(machine)
        machine.end()
        self.assertEqual(p.wait(PATIENCE), 0)
        self.assertEqual([n for n in os.listdir(self.folder) if n == "socket"], [])

    def test_one_that_still_holds_keeps_it(self):
        p, lines = self.ready(keep=0)
        other = self.client()
        self.assertRegex(server.ask(other, "hold 0\nstate"), "^pid")
        lines.close()
        time.sleep(2.5)
        self.assertIsNone(p.poll())
        other.close()
        p.wait(PATIENCE)

    def test_it_stops_only_when_nobody_uses_it(self):
        p, lines = self.ready()
        self.assertEqual(server.stop(self.folder), "!in use by 1")
        machine, _ = self.scenario()
        lines.close()
        self.wait_for("the starter has gone", lambda: server.stop(self.folder) == "!in use by 1")
        self.assertIsNone(p.poll())
        machine.end()
        self.wait_for("the scenario is forgotten", lambda: self.running() == 0)
        self.assertEqual(server.stop(self.folder), "stopping")
        self.assertEqual(p.wait(PATIENCE), 0)

    def test_it_ends_when_its_folder_goes(self):
        p, lines = self.ready()
        lines.close()
        shutil.rmtree(self.folder)
        self.assertEqual(p.wait(PATIENCE), 0)

    def test_nonsense_is_refused(self):
        self.ready()
        for line in ("", "run relative", "halt", "x" * 5000):
            self.assertRegex(server.ask(self.client(), line), "^(!unknown command|$)")
        self.assertEqual(self.running(), 0)
