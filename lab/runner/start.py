# SPDX-License-Identifier: GPL-2.0-only
"""Starts the machine of a scenario: its files, and a process that runs it."""
import gzip
import os

from . import bochs, image, qemu
from .kernel import Kernel
from .process import Started
from .server import Machine


def write(path, content):
    with open(path, "wb") as f:
        f.write(content)


def starts_warm(s, args):
    """Whether the scenario goes on from a machine that has booted; that one has no other network namespace."""
    return not (args.cold or s.cold or s.machine != "bochs" or bochs.taps(s))


def start(s, out, args, servers, say):
    """Returns (process, whether the lab's own devices are there); the process is None if the boot image is all that
    is wanted."""
    build = args.out
    kernel = Kernel(s.kernel)
    base = image.base(build)
    files = image.scenario_files(s, kernel, base).bytes()
    emu = None if s.machine == "qemu" else bochs.emulator(s, build)
    own = bool(emu and emu.own)
    if own:
        bochs.write_devices(s, out)
    if own and starts_warm(s, args) and not args.image_only:
        write(os.path.join(out, "files.cpio"), files)
        machine = Machine(s, emu, kernel, base, build)
        process = servers.fork(machine, out, say)
        say(f"{machine.name} goes on, logs in {os.path.relpath(out)}")
        return process, True
    initrd = gzip.compress(base.bytes(), 1) + gzip.compress(files, 1)
    if s.machine == "qemu":
        write(os.path.join(out, "initrd"), initrd)
        command, env = qemu.prepare(s, out, kernel)
    else:
        image.iso(kernel.vmlinuz, initrd, image.cmdline(s), out)
        command, env = bochs.prepare(s, emu, out)
        command = bochs.with_peers(s, command, out, kernel)
    if args.image_only:
        return None, own
    say(f"{s.machine} {s.variant if emu else ''} with {s.cpus} CPU(s) starts, logs in {os.path.relpath(out)}")
    # It ends with us, whatever ends us.
    return Started(["setpriv", "--pdeathsig", "TERM", "nice", *command], env, out), own
