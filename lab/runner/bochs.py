# SPDX-License-Identifier: GPL-2.0-only
"""Bochs as the machine: its configuration file, its command line, our plugin."""
import fcntl
import os
import shlex
import subprocess
from dataclasses import dataclass

from .scenario import TOP, ScenarioError

BIOS = "/usr/share/bochs/BIOS-bochs-latest"
VGABIOS = "/usr/share/vgabios/vgabios.bin"


def find(variant):
    """Builds Bochs if need be; returns (folder, is it our own 3.0)."""
    p = subprocess.run([os.path.join(TOP, "lab/bochs/build"), "--variant", variant],
                       stdout=subprocess.PIPE, text=True)
    if p.returncode not in (0, 3):
        raise ScenarioError(f"no emulator: lab/bochs/build --variant {variant} failed")
    return p.stdout.strip(), p.returncode == 0


def plugin(folder, variant, build):
    """Builds our device plugin against that Bochs; returns its folder."""
    os.makedirs(os.path.join(build, f"plugins-{variant}"), exist_ok=True)
    # One name for it: the compiler writes the name of the object into its list of headers, and make finds no other.
    out = os.path.realpath(os.path.join(build, f"plugins-{variant}"))
    # Two runs that start at once must not build into each other's objects.
    with open(os.path.join(out, "lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        p = subprocess.run(["make", "-s", "-C", os.path.join(TOP, "lab/plugins"), f"BOCHS={folder}", f"OUT={out}"])
    if p.returncode or not os.path.exists(os.path.join(out, "libbx_lab.so")):
        raise ScenarioError("lab/plugins does not build")
    return out


def device_lines(s):
    """The plugin's own configuration: one line a device, `KIND key=value ...`."""
    for line in s.device:
        kind = line.split()[0] if line.split() else ""
        if kind not in ("nvme", "ixgbe"):
            raise ScenarioError(f"{s.path}: unknown device '{line}' (nvme, ixgbe)")
    return "".join(line + "\n" for line in s.device)


def taps(s):
    """Names of the TAP interfaces that the scenario's devices want."""
    return [w.removeprefix("peer=tap:") for line in s.device for w in line.split() if w.startswith("peer=tap:")]


def with_peers(s, command, out_dir, kernel):
    """The command in a network namespace with the TAP interfaces of `peer=tap:NAME` (10.0.0.2/24, the next
    10.0.1.2/24) and the scenario's `beside` commands, which end with the emulator."""
    names = taps(s)
    if not names:
        if s.beside:
            raise ScenarioError(f"{s.path}: 'beside' without a device with peer=tap:NAME")
        return command
    if os.geteuid() or not os.path.exists("/dev/net/tun"):
        raise ScenarioError("SKIP: a TAP interface needs root and /dev/net/tun")
    lines = ["ip link set lo up"]
    for i, name in enumerate(names):
        lines += [f"ip tuntap add dev {name} mode tap", f"ip addr add 10.0.{i}.2/24 dev {name}", f"ip link set {name} up"]
    for text in (t.replace("@modules@", kernel.modules_dir) for t in s.beside):
        lines.append(f"setpriv --pdeathsig KILL sh -c {shlex.quote('exec ' + text)} >>{out_dir}/beside.log 2>&1 &")
    return ["unshare", "--net", "sh", "-ec", "\n".join(lines + ['exec "$@"']), "sh"] + command


@dataclass
class Emulator:
    """A Bochs that is ready to run; `own` is false for Debian's 2.7, which takes none of our plugins."""
    variant: str
    folder: str
    own: bool
    plugins: str = ""


def emulator(s, build):
    """The emulator that the scenario wants, built if need be."""
    folder, own = find(s.variant)
    if s.device and not own:
        raise ScenarioError("SKIP: Debian's Bochs 2.7 takes none of the lab's devices")
    if s.processor and not own:
        raise ScenarioError("SKIP: Debian's Bochs 2.7 has only its own processors")
    return Emulator(s.variant, folder, own, plugin(folder, s.variant, build) if own else "")


def configuration(s, emu, folder):
    """The text of the configuration file for a machine that works in that folder."""
    # Features that the model has and this machine is not to have.
    features = f', exclude_features="{",".join(s.without.split())}"' if s.without else ""
    if emu.own:
        features += f", msrs={TOP}/lab/runner/msrs.def"
    lines = [
        "config_interface: textconfig",
        "display_library: nogui",
        f"cpu: model={s.model}, count={s.cpus}, ips={s.ips}, ignore_bad_msrs=1, reset_on_triple_fault=0{features}",
        f"memory: guest={s.memory}, host={s.memory}" if emu.own else f"megs: {s.memory}",
        f"romimage: file={BIOS}" + (", options=fastboot" if emu.own else ""),
        f"vgaromimage: file={VGABIOS}",
        "ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14",
        f"ata0-master: type=cdrom, path={folder}/boot.iso, status=inserted",
        "boot: cdrom",
        f"com1: enabled=1, mode=file, dev={folder}/serial.log",
        "clock: sync=none, time0=utc",
        "pci: enabled=1, chipset=i440fx",
        f"log: {folder}/bochs.log",
        "panic: action=fatal",
        "error: action=report",
        # "ignore" for all would also hide the register dump at a guest's triple
        # fault; the display's own lines come from a signal handler that can
        # deadlock on the log's mutex.
        "info: action=report, nogui=ignore",
        "debug: action=ignore",
    ]
    if emu.own:
        lines.append("plugin_ctrl: lab=1")
    return "".join(line + "\n" for line in lines)


def prepare(s, emu, folder):
    """Writes the configuration into the folder; returns (command, environment)."""
    env = dict(os.environ)
    env.pop("DISPLAY", None)
    rc = os.path.join(folder, "bochsrc")
    with open(rc, "w", encoding="utf-8") as f:
        f.write(configuration(s, emu, folder))
    if not emu.own:
        # Debian's build stops at a debugger prompt.
        with open(os.path.join(folder, "debugger"), "w", encoding="ascii") as f:
            f.write("c\n")
        return ["bochs", "-q", "-f", rc, "-rc", os.path.join(folder, "debugger")], env
    env["LTDL_LIBRARY_PATH"] = f"{emu.folder}/plugins:{emu.plugins}"
    env["BXSHARE"] = "/usr/share/bochs"
    env["LXD_LAB_OUT"] = folder
    with open(os.path.join(folder, "processor"), "w", encoding="utf-8") as f:
        f.write(s.processor + "\n" if s.processor else "")
    return [os.path.join(emu.folder, "bochs"), "-q", "-f", rc], env


def write_devices(s, folder):
    """The plugin's list of devices, which it reads when the scenario starts."""
    with open(os.path.join(folder, "devices"), "w", encoding="utf-8") as f:
        f.write(device_lines(s))
