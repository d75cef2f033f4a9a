# SPDX-License-Identifier: GPL-2.0-only
"""QEMU as the machine: no VT-x, no device of ours, but boots in seconds."""
import os
import shutil

from .image import cmdline
from .scenario import ScenarioError


def prepare(s, out_dir, kernel):
    """Returns (command, environment)."""
    qemu = shutil.which("qemu-system-x86_64")
    if not qemu:
        raise ScenarioError("SKIP: qemu-system-x86_64 is not installed (apt-get install qemu-system-x86)")
    # Not KVM: in a virtual machine /dev/kvm may be there and boot nothing; TCG takes seconds and is the same everywhere.
    command = [qemu, "-machine", "pc,accel=tcg", "-cpu", "max",
               "-smp", str(s.cpus), "-m", str(s.memory), "-display", "none", "-no-reboot",
               "-kernel", kernel.vmlinuz, "-initrd", os.path.join(out_dir, "initrd"),
               "-append", cmdline(s) + " no_timer_check", "-serial", f"file:{out_dir}/serial.log",
               "-monitor", "none", "-nic", "none"]
    for n, line in enumerate(s.device):
        options = dict(w.split("=", 1) for w in line.split()[1:] if "=" in w)
        if line.split()[0] == "e1000":
            command += ["-netdev", f"hubport,id=n{n},hubid={n}", "-device", f"e1000,netdev=n{n}"]
            continue
        if line.split()[0] != "nvme":
            raise ScenarioError(f"{s.path}: QEMU has no device '{line.split()[0]}'")
        disk = os.path.join(out_dir, f"nvme{n}.img")
        with open(disk, "wb") as f:
            f.truncate(int(options.get("size", "32M").rstrip("M")) << 20)
        command += ["-drive", f"file={disk},if=none,id=d{n},format=raw",
                    "-device", f"nvme,drive=d{n},serial=LAB{n}"]
    return command, dict(os.environ)
