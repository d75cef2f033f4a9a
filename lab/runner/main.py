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

from . import bochs, expect, image, qemu
from .scenario import TOP, ScenarioError, load
from .watch import STOP, Run


def arguments():
    p = argparse.ArgumentParser(
        prog="lab/run", description="Runs scenarios on the lab's emulated machine (see lab/README.md).")
    p.add_argument("scenario", nargs="+", help="scenario files, or folders that hold some (*.scn)")
    p.add_argument("-v", "--verbose", action="store_true", help="show the kernel's own lines too")
    p.add_argument("-q", "--quiet", action="store_true", help="only one line a scenario and the sum")
    p.add_argument("--variant", choices=("plain", "tlb", "newer"), help="emulator variant, instead of the scenario's")
    p.add_argument("--cpus", type=int, help="number of CPUs, instead of the scenario's")
    p.add_argument("--out", type=os.path.abspath, default=os.path.join(TOP, "build/lab"), help="folder of the logs (build/lab)")
    p.add_argument("-j", "--jobs", type=int, default=1, help="machines that run at once (1)")
    p.add_argument("--image-only", action="store_true", help="build the boot image and stop")
    return p.parse_args()


def find(paths):
    for path in paths:
        if os.path.isdir(path):
            yield from sorted(glob.glob(os.path.join(path, "*.scn")))
        else:
            yield path


def boot(s, name, out, args, say):
    """Builds the image, runs the machine, judges; returns (result, reason)."""
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    say(f"{name}: {s.title}" if s.title else name)
    kernel = image.build_image(s, out)
    if args.image_only:
        return "ok", ""
    if s.machine == "qemu":
        command, env = qemu.prepare(s, out, kernel)
        devices = False
    else:
        command, env, devices = bochs.prepare(s, out, args.out, kernel)
    say(f"{s.machine} {s.variant if s.machine == 'bochs' else ''} with {s.cpus} CPU(s) starts, logs in "
        f"{os.path.relpath(out)}")
    run = Run(s, out, say, args.verbose)
    run.go(command, env, time.monotonic())
    result, reason = expect.judge(s, run, out, devices)
    if result != "ok" and "without a verdict" in reason:
        text = expect.read(os.path.join(out, "emulator.log")) + expect.read(os.path.join(out, "bochs.log"))
        panics = [line.split("<<", 1)[1] for line in text.splitlines() if ">>PANIC<<" in line]
        reason += ": " + panics[0] if panics else ""
    return result, reason


def one(path, args):
    """Runs one scenario; returns (name, 'ok' | 'skip' | 'FAIL', reason, seconds)."""
    started = time.monotonic()
    name = os.path.splitext(os.path.basename(path))[0]

    def say(text):
        if not args.quiet:
            print(f"  {time.monotonic() - started:6.1f} s  {text}", flush=True)

    try:
        if STOP.is_set():
            raise ScenarioError("stopped")
        s = load(path)
        s.variant = args.variant or s.variant
        if args.cpus:
            s.cpus = args.cpus
        out = os.path.join(args.out, name + (f"-{args.variant}" if args.variant else ""))
        os.makedirs(args.out, exist_ok=True)
        with open(out + ".lock", "w", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ScenarioError(f"another run of {name} uses {os.path.relpath(out)}; give --out") from None
            result, reason = boot(s, name, out, args, say)
    except ScenarioError as e:
        text = str(e)
        result, reason = ("skip", text[6:]) if text.startswith("SKIP: ") else ("FAIL", text)
    except subprocess.CalledProcessError as e:
        result, reason = "FAIL", f"{e.cmd[0]} ended with status {e.returncode}"
    return name, result, reason, time.monotonic() - started


def main():
    args = arguments()
    # Through the clean-up code of each run, so that no emulator stays behind.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: STOP.set())
    sums = {"ok": 0, "FAIL": 0, "skip": 0}
    paths = list(find(args.scenario))
    with ThreadPoolExecutor(max(args.jobs, 1)) as pool:
        for run in as_completed([pool.submit(one, path, args) for path in paths]):
            name, result, reason, seconds = run.result()
            sums[result] += 1
            text = f": {reason}" if reason else ""
            print(f"{result} {name}{text} ({seconds:.0f} s)", flush=True)
    if not paths:
        print("lab/run: no scenario found", file=sys.stderr)
        return 2
    print(f"{sums['ok']} passed, {sums['FAIL']} failed, {sums['skip']} skipped", flush=True)
    return 1 if sums["FAIL"] or not sums["ok"] + sums["skip"] else 0
