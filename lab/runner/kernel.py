# SPDX-License-Identifier: GPL-2.0-only
"""Finds Debian's kernel package: the installed one, or one unpacked in the cache."""
import glob
import lzma
import os
import shutil
import subprocess

from .scenario import ScenarioError

DEFAULT = "6.1.0-56-amd64"


def cache_dir():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.environ.get("LXD_LAB_CACHE") or os.path.join(base, "lxd-lab")


class Kernel:
    """vmlinuz and modules of one kernel version, as the package has them."""

    def __init__(self, version=""):
        self.version = version or DEFAULT
        root = "/"
        if not os.path.exists(f"/boot/vmlinuz-{self.version}"):
            root = self._unpack()
        self.vmlinuz = os.path.join(root, f"boot/vmlinuz-{self.version}")
        self.modules_root = root
        self.modules_dir = os.path.join(root, f"lib/modules/{self.version}")
        self._paths = None

    def _unpack(self):
        root = os.path.join(cache_dir(), f"linux-{self.version}")
        if os.path.exists(os.path.join(root, f"boot/vmlinuz-{self.version}")):
            return root
        package = f"linux-image-{self.version}"
        work = root + ".new"
        shutil.rmtree(work, ignore_errors=True)
        os.makedirs(work)
        try:
            subprocess.run(["apt-get", "-q", "download", package], cwd=work, check=True,
                           stdout=subprocess.DEVNULL)
            deb = glob.glob(os.path.join(work, "*.deb"))[0]
            subprocess.run(["dpkg-deb", "-x", deb, work], check=True)
            os.unlink(deb)
        except (subprocess.CalledProcessError, IndexError, OSError) as e:
            raise ScenarioError(f"kernel {self.version} is not installed and {package} could not "
                                f"be fetched; as root: apt-get install {package}") from e
        os.rename(work, root)
        return root

    def _index(self):
        if self._paths is None:
            self._paths = {}
            for base, _, names in os.walk(os.path.join(self.modules_dir, "kernel")):
                for n in names:
                    stem = n.split(".ko")[0].replace("-", "_")
                    if ".ko" in n:
                        self._paths[stem] = os.path.relpath(os.path.join(base, n), self.modules_dir)
        return self._paths

    def _builtin(self, name):
        try:
            with open(os.path.join(self.modules_dir, "modules.builtin"), encoding="ascii") as f:
                return any(os.path.basename(x).strip().replace("-", "_") == name + ".ko" for x in f)
        except OSError:
            return False

    def module_path(self, name):
        """Path of a module's file below modules_dir, None if it is built in."""
        key = name.removesuffix(".ko").replace("-", "_")
        path = self._index().get(key)
        if path is None and not self._builtin(key):
            raise ScenarioError(f"kernel {self.version} has no module '{name}'")
        return path

    @staticmethod
    def read_module(path):
        """Contents of a module file, uncompressed."""
        with open(path, "rb") as f:
            data = f.read()
        return lzma.decompress(data) if path.endswith(".xz") else data

    def with_dependencies(self, names):
        """The modules and all they need, as paths below modules_dir."""
        todo, found = list(names), {}
        while todo:
            name = todo.pop(0)
            path = self.module_path(name)
            if path is None or path in found:
                continue
            full = os.path.join(self.modules_dir, path)
            found[path] = full
            out = subprocess.run(["modinfo", "-F", "depends", full], capture_output=True, text=True,
                                 check=True).stdout
            todo += [d for d in out.strip().split(",") if d]
        return found
