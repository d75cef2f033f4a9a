# SPDX-License-Identifier: GPL-2.0-only
"""What lab/run decides before a machine runs."""
import os
import subprocess
import tempfile
import threading
import unittest

from runner import cpio, image, process, schedule
from runner.scenario import MEMORY, ScenarioError, load


def scenario(head):
    with tempfile.NamedTemporaryFile("w", suffix=".scn", encoding="ascii") as f:
        f.write(head + "\n---\ntrue\n")
        f.flush()
        return load(f.name)


class Scenarios(unittest.TestCase):
    def test_cold_is_yes_or_no(self):
        self.assertTrue(scenario("cold: yes").cold)
        with self.assertRaisesRegex(ScenarioError, ":1: cold must be yes or no, not 'maybe'"):
            scenario("cold: maybe")

    def test_memory_is_rounded_up(self):
        self.assertEqual(scenario("memory: 1").memory, MEMORY)
        self.assertEqual(scenario(f"memory: {MEMORY + 1}").memory, 2 * MEMORY)

    def test_a_word_of_every_command_line_makes_no_other_machine(self):
        self.assertEqual(image.cmdline(scenario("cmdline: tsc=reliable")), image.cmdline(scenario("cpus: 1")))
        self.assertTrue(image.cmdline(scenario("cmdline: pti=off")).endswith(" pti=off"))


class Archives(unittest.TestCase):
    def test_files_go_over_the_base(self):
        base = cpio.Archive()
        base.directory("bin")
        base.symlink("sbin", "/bin")
        base.data("lab/old", b"base")
        base.symlink("bin/ip", "busybox")
        more = cpio.Archive(base)
        more.data("sbin/tool", b"through the link")
        more.data("lab/old", b"replaced")
        more.data("bin/ip", b"a program")
        names = subprocess.run(["cpio", "-t", "--quiet"], input=more.bytes(), capture_output=True, check=True).stdout
        self.assertEqual(names.decode().split(), ["sbin/tool", "lab/old", "bin/ip"])


class Schedules(unittest.TestCase):
    def jobs(self, *machines):
        return [schedule.Job(str(n), machine=m) for n, m in enumerate(machines)]

    def test_nobody_waits_while_there_is_something_else(self):
        s = schedule.Schedule(self.jobs("a", "a", "b", None))
        first = s.next()
        self.assertEqual([s.next().name, s.next().name], ["2", "3"])
        booted = threading.Event()

        def boot():
            booted.set()
            s.started(first)

        threading.Timer(0.2, boot).start()
        self.assertEqual(s.next().name, "1")
        self.assertTrue(booted.is_set())

    def test_those_with_a_machine_that_has_booted_do_not_wait(self):
        s = schedule.Schedule(self.jobs("a", "a", "a"))
        s.started(s.next())
        self.assertEqual([s.next().name, s.next().name], ["1", "2"])

    def test_the_last_user_of_a_machine_is_known(self):
        s = schedule.Schedule(self.jobs("a", "a", "b"))
        first, second = s.next(), s.next()
        self.assertEqual(second.machine, "b")
        self.assertTrue(s.finished(second))
        self.assertFalse(s.finished(first))
        self.assertTrue(s.finished(s.next()))


class Ends(unittest.TestCase):
    def test_a_signal_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            p = process.Started(["sh", "-c", "kill -9 $$"], dict(os.environ), folder)
            while p.running():
                pass
            self.assertEqual(p.why(), "the emulator was killed by signal 9 (SIGKILL)")
