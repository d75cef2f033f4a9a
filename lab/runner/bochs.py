# SPDX-License-Identifier: GPL-2.0-only
"""Bochs as the machine: its configuration file, its command line, our plugin."""
import fcntl
import os
import shlex
import subprocess

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
    out = os.path.join(build, f"plugins-{variant}")
    os.makedirs(out, exist_ok=True)
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


def with_peers(s, command, out_dir, kernel):
    """The command in a network namespace with the TAP interfaces of `peer=tap:NAME` (10.0.0.2/24, the next
    10.0.1.2/24) and the scenario's `beside` commands, which end with the emulator."""
    taps = [w.removeprefix("peer=tap:") for line in s.device for w in line.split() if w.startswith("peer=tap:")]
    if not taps:
        if s.beside:
            raise ScenarioError(f"{s.path}: 'beside' without a device with peer=tap:NAME")
        return command
    if os.geteuid() or not os.path.exists("/dev/net/tun"):
        raise ScenarioError("SKIP: a TAP interface needs root and /dev/net/tun")
    lines = ["ip link set lo up"]
    for i, name in enumerate(taps):
        lines += [f"ip tuntap add dev {name} mode tap", f"ip addr add 10.0.{i}.2/24 dev {name}", f"ip link set {name} up"]
    for text in (t.replace("@modules@", kernel.modules_dir) for t in s.beside):
        lines.append(f"setpriv --pdeathsig KILL sh -c {shlex.quote('exec ' + text)} >>{out_dir}/beside.log 2>&1 &")
    return ["unshare", "--net", "sh", "-ec", "\n".join(lines + ['exec "$@"']), "sh"] + command


def prepare(s, out_dir, build, kernel):
    """Writes the configuration; returns (command, environment, has our devices)."""
    folder, own = find(s.variant)
    if s.device and not own:
        raise ScenarioError("SKIP: Debian's Bochs 2.7 takes none of the lab's devices")
    if s.processor and not own:
        raise ScenarioError("SKIP: Debian's Bochs 2.7 has only its own processors")
    env = dict(os.environ)
    env.pop("DISPLAY", None)
    # Features that the model has and this machine is not to have.
    features = f', exclude_features="{",".join(s.without.split())}"' if s.without else ""
    if own:
        features += f", msrs={TOP}/lab/runner/msrs.def"
    lines = [
        "config_interface: textconfig",
        "display_library: nogui",
        f"cpu: model={s.model}, count={s.cpus}, ips={s.ips}, ignore_bad_msrs=1, reset_on_triple_fault=0{features}",
        f"memory: guest={s.memory}, host={s.memory}" if own else f"megs: {s.memory}",
        f"romimage: file={BIOS}" + (", options=fastboot" if own else ""),
        f"vgaromimage: file={VGABIOS}",
        "ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14",
        f"ata0-master: type=cdrom, path={out_dir}/boot.iso, status=inserted",
        "boot: cdrom",
        f"com1: enabled=1, mode=file, dev={out_dir}/serial.log",
        "clock: sync=none, time0=utc",
        "pci: enabled=1, chipset=i440fx",
        f"log: {out_dir}/bochs.log",
        "panic: action=fatal",
        "error: action=report",
        # "ignore" for all would also hide the register dump at a guest's triple
        # fault; the display's own lines come from a signal handler that can
        # deadlock on the log's mutex.
        "info: action=report, nogui=ignore",
        "debug: action=ignore",
    ]
    command = ["bochs"]
    if own:
        command = [os.path.join(folder, "bochs")]
        ours = plugin(folder, s.variant, build)
        env["LTDL_LIBRARY_PATH"] = f"{folder}/plugins:{ours}"
        env["BXSHARE"] = "/usr/share/bochs"
        env["LXD_LAB_OUT"] = out_dir
        with open(os.path.join(out_dir, "devices"), "w", encoding="utf-8") as f:
            f.write(device_lines(s))
        with open(os.path.join(out_dir, "processor"), "w", encoding="utf-8") as f:
            f.write(s.processor + "\n" if s.processor else "")
        lines.append("plugin_ctrl: lab=1")
    with open(os.path.join(out_dir, "bochsrc"), "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")
    command = with_peers(s, command + ["-q", "-f", os.path.join(out_dir, "bochsrc")], out_dir, kernel)
    if not own:
        # Debian's build stops at a debugger prompt.
        with open(os.path.join(out_dir, "debugger"), "w", encoding="ascii") as f:
            f.write("c\n")
        command += ["-rc", os.path.join(out_dir, "debugger")]
    return command, env, own
