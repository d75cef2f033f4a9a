# SPDX-License-Identifier: GPL-2.0-only
"""A kernel of Debian: vmlinuz, modules and what they need."""
import lzma
import os
import subprocess

from .scenario import ScenarioError

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))


class Kernel:
    """vmlinuz and modules of one kernel, as the package has them. `name` is a line (6.1, 6.12) or a version;
    scripts/kernel says which one that is and where it lies."""

    def __init__(self, name=""):
        name = name or os.environ.get("KVER", "")
        run = subprocess.run([os.path.join(TOP, "scripts/kernel"), "root"] + [name] * bool(name), stdout=subprocess.PIPE,
                             text=True, check=False)
        if run.returncode:
            raise ScenarioError(f"no kernel '{name}' (scripts/kernel has said why)")
        self.version, _, root = run.stdout.rstrip("\n").partition(" ")
        self.vmlinuz = f"{root}/boot/vmlinuz-{self.version}"
        self.modules_dir = f"{root}/lib/modules/{self.version}"
        self.md5sums = f"{root}/md5sums" if root else f"/var/lib/dpkg/info/linux-image-{self.version}.md5sums"
        self._paths = None

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
