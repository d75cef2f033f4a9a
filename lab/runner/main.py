# SPDX-License-Identifier: GPL-2.0-only
"""Command line of lab/run."""
import argparse
import fcntl
import glob
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

from . import expect, server
from .scenario import TOP, ScenarioError
from .schedule import Schedule, jobs
from .start import start, starts_warm
from .watch import STOP, Run


def arguments():
    p = argparse.ArgumentParser(
        prog="lab/run", description="Runs scenarios on the lab's emulated machine (see lab/README.md).")
    p.add_argument("scenario", nargs="*", help="scenario files, or folders that hold some (*.scn)")
    p.add_argument("-v", "--verbose", action="store_true", help="show the kernel's own lines too")
    p.add_argument("-q", "--quiet", action="store_true", help="only one line a scenario and the sum")
    p.add_argument("--variant", choices=("plain", "tlb", "newer"), help="emulator variant, instead of the scenario's")
    p.add_argument("--cpus", type=int, help="number of CPUs, instead of the scenario's")
    p.add_argument("--out", type=os.path.abspath, default=os.path.join(TOP, "build/lab"), help="folder of the logs (build/lab)")
    p.add_argument("-j", "--jobs", type=int, default=1, help="machines that run at once (1)")
    p.add_argument("--image-only", action="store_true", help="build the boot image and stop")
    p.add_argument("--cold", action="store_true", help="boot a machine for each scenario, instead of going on from one that has booted")
    p.add_argument("--keep", type=int, metavar="SECONDS", default=int(os.environ.get("LXD_LAB_KEEP", "600")),
                   help="how long a machine that has booted waits for the next lab/run (600, or LXD_LAB_KEEP; 0: it ends with this one)")
    p.add_argument("--servers", action="store_true", help="list the machines that wait, and stop")
    p.add_argument("--stop", action="store_true", help="end the machines that wait and that nobody uses")
    args = p.parse_args()
    if not args.scenario and not args.servers and not args.stop:
        p.error("no scenario is given")
    return args


def find(paths):
    for path in paths:
        if os.path.isdir(path):
            yield from sorted(glob.glob(os.path.join(path, "*.scn")))
        else:
            yield path


def run(s, out, args, servers, say, started):
    """Starts the machine, watches it, judges; returns (result, reason)."""
    begin = time.monotonic()
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out, exist_ok=True)
    say(f"{s.name}: {s.title}" if s.title else s.name)
    process, devices = start(s, out, args, servers, say)
    started()
    if not process:
        return "ok", ""
    watched = Run(s, out, say, args.verbose)
    watched.go(process, begin)
    say(f"ended after {watched.cpu:.1f} CPU s")
    result, reason = expect.judge(s, watched, out, devices)
    if result != "ok" and "without a verdict" in reason:
        text = expect.read(os.path.join(out, "emulator.log")) + expect.read(os.path.join(out, "bochs.log"))
        panics = [line.split("<<", 1)[1] for line in text.splitlines() if ">>PANIC<<" in line]
        reason += ": " + panics[0] if panics else ""
    if result == "FAIL" and not os.statvfs(out).f_bavail:
        reason += f"; no space is left in {os.path.relpath(out)}"
    return result, reason


def one(schedule, args, servers):
    """Runs the next scenario; returns (name, 'ok' | 'skip' | 'FAIL', reason, seconds)."""
    job = schedule.next()
    begin = time.monotonic()
    out = os.path.join(args.out, job.name + (f"-{args.variant}" if args.variant else ""))

    def say(text):
        if not args.quiet:
            print(f"  {time.monotonic() - begin:6.1f} s  {text}", flush=True)

    try:
        if STOP.is_set():
            raise ScenarioError("stopped")
        if job.error:
            raise ScenarioError(job.error)
        os.makedirs(args.out, exist_ok=True)
        with open(out + ".lock", "w", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ScenarioError(f"another run of {job.name} uses {os.path.relpath(out)}; give --out") from None
            result, reason = run(job.scenario, out, args, servers, say, lambda: schedule.started(job))
    except ScenarioError as e:
        text = str(e)
        result, reason = ("skip", text[6:]) if text.startswith("SKIP: ") else ("FAIL", text)
    except subprocess.CalledProcessError as e:
        result, reason = "FAIL", f"{e.cmd[0]} ended with status {e.returncode}"
    except OSError as e:
        result, reason = "FAIL", f"{e.filename or os.path.relpath(out)}: {e.strerror}"
    finally:
        if schedule.finished(job):
            servers.release(out)
    return job.name, result, reason, time.monotonic() - begin


def list_servers(out):
    for name, _, state in server.each(out):
        print(f"{name}  {state or 'does not answer'}")


def stop_servers(out):
    """Returns the exit status: 1 if one is in use."""
    status = 0
    for name, folder, _ in list(server.each(out)):
        answer = server.stop(folder)
        print(f"{name}  {answer.lstrip('!') or 'does not answer'}")
        status |= answer.startswith("!")
    return status


def main():
    args = arguments()
    if args.stop:
        return stop_servers(args.out)
    if args.servers:
        list_servers(args.out)
        return 0
    # Through the clean-up code of each run, so that no emulator stays behind.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: STOP.set())
    sums = {"ok": 0, "FAIL": 0, "skip": 0}
    todo = list(jobs(find(args.scenario), args, starts_warm))
    schedule, servers = Schedule(todo), server.Servers(args.keep)
    with ThreadPoolExecutor(max(args.jobs, 1)) as pool:
        for finished in as_completed([pool.submit(one, schedule, args, servers) for _ in todo]):
            name, result, reason, seconds = finished.result()
            sums[result] += 1
            text = f": {reason}" if reason else ""
            print(f"{result} {name}{text} ({seconds:.0f} s)", flush=True)
    servers.close()
    if not todo:
        print("lab/run: no scenario found", file=sys.stderr)
        return 2
    print(f"{sums['ok']} passed, {sums['FAIL']} failed, {sums['skip']} skipped", flush=True)
    return 1 if sums["FAIL"] or not sums["ok"] + sums["skip"] else 0
