# SPDX-License-Identifier: GPL-2.0-only
"""Builds what the machine boots: an initramfs, and for Bochs an ISO around it.

The initramfs has two parts: the base, which every scenario shares, and the scenario's own files. A machine that has
booted with the base alone gets the second part later.
"""
import fcntl
import glob
import gzip
import os
import re
import shutil
import subprocess
import tempfile

from . import cpio
from .kernel import Kernel
from .scenario import TOP, ScenarioError

GUEST = os.path.join(TOP, "lab/image")
ISOLINUX = "/usr/lib/ISOLINUX/isolinux.bin"
LDLINUX = "/usr/lib/syslinux/modules/bios/ldlinux.c32"
# All times of the guest come from the TSC; the clocks that its watchdog compares it with follow `ips` and mean nothing.
CMDLINE = "console=ttyS0,115200 loglevel=7 panic=0 random.trust_cpu=on net.ifnames=0 tsc=reliable"
SBIN = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"


def need(path, package):
    if not os.path.exists(path):
        raise ScenarioError(f"{path} is missing; as root: apt-get install {package}")
    return path


def guest_tool(build):
    """Compiles the static control tool of the guest if its source is newer."""
    source, out = os.path.join(GUEST, "labctl.c"), os.path.join(build, "labctl")
    with open(out + ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(out) or os.path.getmtime(out) < os.path.getmtime(source):
            subprocess.run(["gcc", "-static", "-O2", "-Wall", "-Wextra", "-Werror", "-s", "-o", out, source],
                           check=True)
    return out


def add_program(archive, name):
    """A program of this machine and the shared libraries it needs."""
    path = name if "/" in name else shutil.which(name, path=SBIN)
    if not path or not os.path.exists(path):
        raise ScenarioError(f"program '{name}' is not installed here")
    # Debian has merged /usr: everything goes where the guest's PATH finds it.
    archive.file("/bin/" + os.path.basename(path), os.path.realpath(path), 0o755)
    add_libraries(archive, path)


def add_libraries(archive, path):
    """The shared libraries of a program; none for one that is linked statically."""
    out = subprocess.run(["ldd", path], capture_output=True, text=True).stdout
    for lib in re.findall(r"(/\S+) \(0x", out):
        archive.file(lib, os.path.realpath(lib), 0o755)


def add_modules(archive, kernel, names):
    if not names:
        return
    base = f"lib/modules/{kernel.version}"
    with tempfile.TemporaryDirectory() as tmp:
        for path, full in kernel.with_dependencies(names).items():
            target = os.path.join(tmp, base, path.removesuffix(".xz"))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as f:
                f.write(kernel.read_module(full))
        for n in ("modules.builtin", "modules.order", "modules.builtin.modinfo"):
            shutil.copy(os.path.join(kernel.modules_dir, n), os.path.join(tmp, base))
        subprocess.run(["depmod", "-b", tmp, kernel.version], check=True)
        os.unlink(os.path.join(tmp, base, "modules.builtin.modinfo"))
        for full in sorted(glob.glob(os.path.join(tmp, "**"), recursive=True)):
            if os.path.isfile(full):
                archive.file(os.path.relpath(full, tmp), full)


def add_files(archive, kernel, files):
    for spec in files:
        spec = spec.replace("@modules@", kernel.modules_dir).replace("@kernel@", kernel.version).replace("@vmlinuz@", kernel.vmlinuz)
        spec = spec.replace("@md5sums@", kernel.md5sums)
        source, _, target = spec.partition(":")
        pattern = os.path.join(TOP, source)
        found = sorted(glob.glob(pattern))
        if not found:
            raise ScenarioError(f"file {source} is missing (is it built? make modules)")
        for path in found:
            name = target or "/lab/" + os.path.basename(path)
            if target.endswith("/"):
                name = target + os.path.basename(path)
            if os.path.isdir(path):
                for base, _, names in os.walk(path):
                    for n in names:
                        full = os.path.join(base, n)
                        archive.file(os.path.join(name, os.path.relpath(full, path)), full)
            else:
                archive.file(name, path)
                if os.access(path, os.X_OK):
                    add_libraries(archive, path)


def base(build):
    """The part that all scenarios share, as an archive."""
    a = cpio.Archive()
    for d in ("proc", "sys", "dev", "tmp", "mnt", "run", "etc", "root", "lab"):
        a.directory(d)
    # glibc's programs look for libraries where the dynamic linker was built to.
    a.device("dev/console", 5, 1)
    a.device("dev/null", 1, 3)
    for d in ("usr/bin", "sbin", "usr/sbin"):
        a.symlink(d, "/bin")
    busybox = need("/bin/busybox", "busybox-static")
    a.file("bin/busybox", busybox, 0o755)
    applets = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout
    for applet in sorted(set(applets.split())):
        a.symlink(f"bin/{applet}", "busybox")
    a.file("bin/labctl", guest_tool(build), 0o755)
    a.file("init", os.path.join(GUEST, "init"), 0o755)
    a.file("lab/lib.sh", os.path.join(GUEST, "lib.sh"))
    a.data("etc/passwd", b"root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n")
    a.data("etc/group", b"root:x:0:\nnogroup:x:65534:\n")
    a.symlink("etc/mtab", "/proc/mounts")
    return a


def scenario_files(s, kernel, below):
    """The scenario's own part, as an archive to be unpacked over the base `below`.

    A program of the scenario's takes the place of busybox's own of that name.
    """
    a = cpio.Archive(below)
    for p in s.programs:
        add_program(a, p)
    a.data("lab/scenario", s.script.encode(), 0o755)
    add_modules(a, kernel, s.modules)
    add_files(a, kernel, s.files)
    return a


def cmdline(s):
    """The kernel's command line; a word that is there for all scenarios does not make another machine."""
    return " ".join(dict.fromkeys(f"{CMDLINE} {s.cmdline}".split()))


def iso(vmlinuz, initrd, arguments, folder):
    """Writes boot.iso into the folder: that kernel with that initramfs (bytes) and command line."""
    need("/usr/bin/xorriso", "xorriso")
    need(ISOLINUX, "isolinux")
    need(LDLINUX, "syslinux-common")
    with tempfile.TemporaryDirectory(dir=folder) as tmp:
        shutil.copy(ISOLINUX, tmp)
        shutil.copy(LDLINUX, tmp)
        shutil.copy(vmlinuz, os.path.join(tmp, "vmlinuz"))
        with open(os.path.join(tmp, "initrd"), "wb") as f:
            f.write(initrd)
        with open(os.path.join(tmp, "isolinux.cfg"), "w", encoding="ascii") as f:
            f.write(f"default l\nprompt 0\ntimeout 0\nlabel l\n  kernel vmlinuz\n"
                    f"  append initrd=initrd {arguments}\n")
        subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-o", os.path.join(folder, "boot.iso"),
                        "-b", "isolinux.bin", "-c", "boot.cat", "-no-emul-boot", "-boot-load-size", "4",
                        "-boot-info-table", tmp], check=True, stderr=subprocess.DEVNULL)
