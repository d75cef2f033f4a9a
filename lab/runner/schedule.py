# SPDX-License-Identifier: GPL-2.0-only
"""Which scenario is next: nobody waits for a machine that somebody else boots while there is something else to do."""
import os
import threading
from dataclasses import dataclass

from .image import cmdline
from .scenario import Scenario, ScenarioError, load


@dataclass(eq=False)
class Job:
    """A scenario of the command line; `error` says why there is none."""
    name: str
    scenario: Scenario = None
    error: str = ""
    # What the machine to start from depends on; None: it boots by itself.
    machine: tuple = None


def jobs(paths, args, starts_warm):
    """One job for each path, in order."""
    for path in paths:
        job = Job(os.path.splitext(os.path.basename(path))[0])
        try:
            s = job.scenario = load(path)
            s.variant = args.variant or s.variant
            s.cpus = args.cpus or s.cpus
            if starts_warm(s, args):
                job.machine = (s.variant, s.cpus, s.memory, s.model, s.without, s.processor, s.ips, cmdline(s), s.kernel)
        except ScenarioError as e:
            job.error = str(e)
        yield job


class Schedule:
    """Hands out jobs to threads, the first that need not wait first."""

    def __init__(self, all_jobs):
        self._changed = threading.Condition()
        self._waiting = list(all_jobs)
        self._active = []
        self._booting = set()
        self._booted = set()

    def next(self):
        """The next job; waits while each that is left needs a machine that another thread boots."""
        with self._changed:
            while True:
                for job in self._waiting:
                    if job.machine not in self._booting:
                        self._waiting.remove(job)
                        self._active.append(job)
                        if job.machine and job.machine not in self._booted:
                            self._booting.add(job.machine)
                        return job
                self._changed.wait()

    def started(self, job):
        """The job's machine has booted, or the job has ended without."""
        with self._changed:
            if job.machine:
                self._booting.discard(job.machine)
                self._booted.add(job.machine)
            self._changed.notify_all()

    def finished(self, job):
        """Ends the job; returns whether no other that waits or runs needs its machine."""
        self.started(job)
        with self._changed:
            self._active.remove(job)
            return all(other.machine != job.machine for other in self._waiting + self._active)
