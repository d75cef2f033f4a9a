# SPDX-License-Identifier: GPL-2.0-only
"""Machines that start from one that has booted, and what may happen to them. One boot and the beginnings of five; about 90 CPU seconds, so only by name."""
import glob
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from runner import expect, server
from runner.scenario import TOP

# Seconds that something may take on a busy machine; nothing here waits as long when all is well.
PATIENCE = 1800


def processes(text):
    """Emulators whose command line has that text: number to command line."""
    found = {}
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, encoding="utf-8", errors="replace") as f:
                line = f.read().replace("\0", " ")
            with open(path.replace("cmdline", "stat"), encoding="utf-8", errors="replace") as f:
                state = f.read().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if text in line and "bochsrc" in line and state != "Z":
            found[int(path.split("/")[2])] = line
    return found


class Machines(unittest.TestCase):
    """In the order of their names: the first boots the machine that the others use."""

    @classmethod
    def setUpClass(cls):
        cls.out = tempfile.mkdtemp(prefix="lab-test-")
        cls.addClassCleanup(shutil.rmtree, cls.out, ignore_errors=True)
        cls.addClassCleanup(cls.end_all)
        # The plugin is the same for all folders of logs.
        ours = os.path.join(TOP, "build/lab/plugins-plain")
        os.makedirs(ours, exist_ok=True)
        os.symlink(ours, os.path.join(cls.out, "plugins-plain"))

    @classmethod
    def end_all(cls):
        for pid in processes(cls.out + "/"):
            os.kill(pid, signal.SIGKILL)

    def scenario(self, name, script, head="time: 600"):
        path = os.path.join(self.out, name + ".scn")
        with open(path, "w", encoding="ascii") as f:
            f.write(f"{head}\n---\n{script}\n")
        return path

    def start(self, *args):
        return subprocess.Popen([os.path.join(TOP, "lab/run"), "--out", self.out, *args], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def finish(self, p, status):
        text = p.communicate(timeout=PATIENCE)[0]
        self.assertEqual(p.returncode, status, text)
        return text

    def lab(self, *args, status=0):
        return self.finish(self.start(*args), status)

    def wait_for(self, what, happened):
        end = time.monotonic() + PATIENCE
        while not happened():
            self.assertLess(time.monotonic(), end, f"timed out waiting: {what}")
            time.sleep(0.3)

    def endless(self, name, *args):
        """A scenario that waits for ever; returns lab/run and the emulator's process number once it runs."""
        shutil.rmtree(os.path.join(self.out, name), ignore_errors=True)
        p = self.start(*args, self.scenario(name, "echo here\nwhile :; do sleep 1; done"))
        log, number = os.path.join(self.out, name, "serial.log"), os.path.join(self.out, name, "emulator.pid")

        def here():
            return p.poll() is not None or os.path.exists(number) and "\nhere" in expect.read(log)
        self.addCleanup(p.kill)
        self.wait_for(f"{name} runs", here)
        self.assertIsNone(p.poll(), "it ended too early")
        with open(number, encoding="ascii") as f:
            return p, int(f.read())

    def gone(self, pid):
        self.wait_for(f"process {pid} ends", lambda: pid not in processes(self.out + "/"))

    def servers(self):
        return {name: state for name, _, state in server.each(self.out)}

    def the_server(self):
        found = self.servers()
        self.assertEqual(len(found), 1, found)
        return int(re.search(r"pid (\d+)", *found.values())[1])

    def test_01_interrupted_boots_leave_nothing(self):
        for args, number, text in (([], signal.SIGINT, "FAIL a: stopped"), (["--cold"], signal.SIGTERM, "FAIL a: stopped"),
                                   ([], signal.SIGKILL, ""), (["--cold"], signal.SIGKILL, "")):
            with self.subTest(args=args, number=number):
                p = self.start(*args, self.scenario("a", "true"))
                self.wait_for("an emulator boots", lambda: processes(self.out + "/"))
                p.send_signal(number)
                said = p.communicate(timeout=PATIENCE)[0]
                self.assertIn(text, said)
                self.wait_for("no emulator is left", lambda: not processes(self.out + "/"))
                self.assertEqual(self.servers(), {})

    def test_02_two_runs_share_one_machine(self):
        disk = self.scenario("disk", "modprobe nvme\nwait_for 20 test -b /dev/nvme0n1\nequal size $(cat /sys/block/nvme0n1/size) 16384",
                             "time: 600\nmodules: nvme\ndevice: nvme size=8M\nexpect: nvme0.doorbell.elsewhere > 0")
        plain = self.scenario("plain", "[ ! -e /sys/bus/pci/devices/0000:00:08.0 ]")
        runs = [self.start(disk), self.start(plain)]
        said = [self.finish(p, 0) for p in runs]
        self.assertEqual(sum("has booted in" in text for text in said), 1, said)
        self.assertRegex(*self.servers().values(), r"running 0 served 2")
        for name in ("disk", "plain"):
            with open(os.path.join(self.out, name, "serial.log"), encoding="ascii", errors="replace") as f:
                self.assertIn("Linux version", f.read(1000))

    def test_03_one_folder_one_run(self):
        p, emulator = self.endless("e")
        self.assertIn("another run of e uses", self.lab(self.scenario("e", "true"), status=1))
        self.assertIn("in use by", self.lab("--stop", status=1))
        p.send_signal(signal.SIGINT)
        self.assertIn("FAIL e: stopped", self.finish(p, 1))
        self.gone(emulator)
        self.the_server()

    def test_04_emulator_killed(self):
        p, emulator = self.endless("e")
        os.kill(emulator, signal.SIGKILL)
        self.assertIn("FAIL e: the emulator was killed by signal 9 (SIGKILL)", self.finish(p, 1))

    def test_05_lab_run_killed(self):
        p, emulator = self.endless("e")
        p.kill()
        self.finish(p, -signal.SIGKILL)
        self.gone(emulator)
        self.lab("--keep", "1234", self.scenario("plain", "true"))
        self.assertIn(" keep 1234 ", self.lab("--servers"))

    def test_06_time_limit(self):
        text = self.lab(self.scenario("spin", "while :; do :; done", "time: 3"), status=1)
        self.assertIn("FAIL spin: time limit of 3 CPU s", text)
        self.assertEqual(list(processes(self.out + "/")), [self.the_server()])

    def test_07_files_that_do_not_fit(self):
        path = os.path.join(self.out, "big")
        with open(path, "wb") as f:
            f.truncate(900 << 20)
        text = self.lab(self.scenario("large", "true", f"time: 600\nfiles: {path}"), status=1)
        self.assertIn("FAIL large: the scenario's files could not be unpacked", text)

    def test_08_disk_full(self):
        if os.geteuid():
            self.skipTest("a small file system needs root")
        folder, big = os.path.join(self.out, "full"), os.path.join(self.out, "some")
        with open(big, "wb") as f:
            f.truncate(1 << 20)
        write = "modprobe nvme\nwait_for 20 test -b /dev/nvme0n1\ndd if=/dev/urandom of=/dev/nvme0n1 bs=64k count=64 oflag=direct"
        os.makedirs(folder, exist_ok=True)
        # Too small for the scenario's files, for the logs, for what the guest writes.
        for size, script, head, text in (
                ("16k", "true", f"files: {big}", r"/full: No space left on device"),
                ("16k", "true", "time: 600", r"full(/[a-z.]+)?: No space left on device"),
                ("3m", write, "modules: nvme\ndevice: nvme size=8M", "no space is left in .*full")):
            with self.subTest(size=size, head=head):
                subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "lab-test", folder], check=True)
                try:
                    self.assertRegex(self.lab(self.scenario("full", script, head), status=1), text)
                finally:
                    subprocess.run(["umount", folder], check=True)
        self.the_server()

    def test_09_server_killed(self):
        p, emulator = self.endless("e")
        killed = self.the_server()
        os.kill(killed, signal.SIGKILL)
        self.gone(killed)
        self.assertIsNone(p.poll())
        self.assertIn(emulator, processes(self.out + "/"))
        p.send_signal(signal.SIGINT)
        self.assertIn("FAIL e: stopped", self.finish(p, 1))
        self.gone(emulator)
        # The next one boots another.
        p = self.start(self.scenario("plain", "true"))
        self.wait_for("another boots", lambda: processes(self.out + "/servers/"))
        p.send_signal(signal.SIGTERM)
        self.assertIn("FAIL plain: stopped", self.finish(p, 1))
        self.wait_for("no emulator is left", lambda: not processes(self.out + "/"))
        self.assertEqual(self.lab("--servers"), "")
