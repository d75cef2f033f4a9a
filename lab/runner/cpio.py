# SPDX-License-Identifier: GPL-2.0-only
"""Writes an initramfs (cpio "newc"), so that no root rights are needed for its nodes."""
import os
import stat


class Archive:
    """Collects entries in order; parents are made on demand.

    With `below` it is unpacked over that archive: folders and their links are there already, files are replaced.
    """

    def __init__(self, below=None):
        self._parts = []
        self._seen = set(below.folders) if below else set()
        self.folders = set(self._seen)
        self._inode = 0

    def _entry(self, name, mode, data=b"", rdev=(0, 0)):
        self._inode += 1
        raw = name.encode() + b"\0"
        fields = (self._inode, mode, 0, 0, 1, 0, len(data), 0, 0, *rdev, len(raw), 0)
        out = b"070701" + b"".join(b"%08X" % v for v in fields) + raw
        out += b"\0" * (-len(out) % 4) + data
        self._parts.append(out + b"\0" * (-len(out) % 4))

    def directory(self, name):
        name = name.strip("/")
        if not name or name in self._seen:
            return
        self.directory(os.path.dirname(name))
        self._seen.add(name)
        self.folders.add(name)
        self._entry(name, stat.S_IFDIR | 0o755)

    def _new(self, name):
        name = name.strip("/")
        self.directory(os.path.dirname(name))
        if name in self._seen:
            return None
        self._seen.add(name)
        return name

    def data(self, name, content, mode=0o644):
        name = self._new(name)
        if name:
            self._entry(name, stat.S_IFREG | mode, content)

    def file(self, name, source, mode=None):
        with open(source, "rb") as f:
            content = f.read()
        self.data(name, content, mode or (0o755 if os.access(source, os.X_OK) else 0o644))

    def symlink(self, name, target):
        name = self._new(name)
        if name:
            self._entry(name, stat.S_IFLNK | 0o777, target.encode())
            # A link may stand for a folder.
            if target.startswith("/"):
                self.folders.add(name)

    def device(self, name, major, minor):
        name = self._new(name)
        if name:
            self._entry(name, stat.S_IFCHR | 0o600, rdev=(major, minor))

    def bytes(self):
        self._inode = -1
        parts = len(self._parts)
        self._entry("TRAILER!!!", 0)
        out = b"".join(self._parts)
        del self._parts[parts:]
        return out + b"\0" * (-len(out) % 512)
