# SPDX-License-Identifier: GPL-2.0-only
"""The process of a machine: started by us, or forked for us by a server."""
import os
import select
import signal
import socket
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """CPU seconds of that process, 0 if there is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def describe(status):
    """What a status of waitpid() says about an end that nobody wanted, or an empty text."""
    if os.WIFSIGNALED(status):
        return f"the emulator was killed by signal {os.WTERMSIG(status)} ({signal.Signals(os.WTERMSIG(status)).name})"
    return ""


class Started:
    """A process that this one has started."""

    def __init__(self, command, env, folder, log="emulator.log", **more):
        with open(os.path.join(folder, log), "wb") as out:
            self._process = subprocess.Popen(command, env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=out,
                                             stderr=subprocess.STDOUT, start_new_session=True, **more)
        self.pid = self._process.pid

    def running(self):
        return self._process.poll() is None

    def why(self):
        """Why it ended, if it was killed."""
        code = self._process.returncode
        return describe(-code) if code is not None and code < 0 else ""

    def end(self):
        """Context: ends only the process that was started, and waits for it."""
        if self.running():
            os.killpg(self.pid, signal.SIGTERM)
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self.pid, signal.SIGKILL)
                self._process.wait()


class Forked:
    """A machine that a server has forked; the connection tells when it has ended, and ends it."""

    def __init__(self, lines, pid):
        self._lines, self.pid = lines, pid
        self._ended = False
        self._why = ""

    def running(self):
        while not self._ended:
            line = self._lines.read(0)
            if line is None:
                return True
            if line.startswith("!"):
                self._why = line[1:]
            elif line.startswith("ended "):
                self._why = self._why or describe(int(line[6:]))
            elif not line:
                self._ended = True
        return False

    def why(self):
        return self._why

    def end(self):
        """Context: the machine ends with its connection, whether its server still lives or not."""
        self._lines.shut()
        limit = time.monotonic() + 60
        while self.running():
            if self._lines.read(1, keep=True) is None and time.monotonic() > limit:
                # Not even the end of its connection has ended it; its server has not reaped it.
                os.kill(self.pid, signal.SIGKILL)
                break
        self._lines.close()


class Lines:
    """Lines of text over a socket."""

    def __init__(self, sock):
        self._socket = sock
        self._data = b""

    def send(self, text):
        self._socket.sendall(text.encode() + b"\n")

    def read(self, timeout, keep=False):
        """The next line, "" at the end of the connection, None if there is none within so many seconds."""
        while b"\n" not in self._data:
            if not select.select([self._socket], [], [], timeout)[0]:
                return None
            try:
                data = self._socket.recv(4096)
            except ConnectionError:
                data = b""
            if not data:
                return ""
            self._data += data
        line, rest = self._data.split(b"\n", 1)
        if not keep:
            self._data = rest
        return line.decode("utf-8", "replace") or " "

    def shut(self):
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self._socket.close()
