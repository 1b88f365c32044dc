"""compute-sanitizer's racecheck on every kernel, each in a process of its own, so that an error of the tool in one
hides no other: see `make sanitize-gpu`.

    python tests/gpu/racecheck.py [--processes 14] [--seconds 40] [KERNEL ...]

A line for each kernel: the number of hazards, or what the tool died of. Fails where there was either.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

PROGRAM = str(Path(__file__).with_name("every_kernel.py"))
SUMMARY = re.compile(r"RACECHECK SUMMARY: (\d+) hazards? displayed")
PLACE = re.compile(r"at (\S.*? in \S+:\d+)")


def where() -> dict[str, str]:
    """A part of the program that launches each kernel: the one with the fewest kernels."""
    said = subprocess.run([sys.executable, PROGRAM, "--list"], capture_output=True, text=True, check=False)
    if said.returncode:
        print(said.stdout[-1000:], said.stderr[-1000:], sep="\n")
    parts: dict[str, list[str]] = {}
    for line in said.stdout.splitlines():
        part, _, kernels = line.partition(": ")
        if part != "did not run":
            parts[part] = kernels.split()
    found: dict[str, str] = {}
    for part in sorted(parts, key=lambda each: -len(parts[each])):
        found |= dict.fromkeys(parts[part], part)
    return found


def check(kernel: str, part: str, seconds: int) -> str:
    """What racecheck says of one kernel."""
    command = ["compute-sanitizer", "--tool", "racecheck", "--kernel-name", f"kernel_name={kernel}"]
    command = ["timeout", "-k", "2", str(seconds), *command, sys.executable, PROGRAM, part]
    environment = os.environ | {"CUDA_LAUNCH_BLOCKING": "1"}
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", env=environment, check=False)
    said = done.stdout + done.stderr
    summary = SUMMARY.search(said)
    if "every kernel ran" in said and summary and "nternal" not in said:
        places = sorted(set(PLACE.findall(said)))
        return "none" if summary[1] == "0" else f"{summary[1]} hazards {'; '.join(places)[:300]}"
    if done.returncode == 124:
        return "more time than it was given"
    lines = [line.strip("= ") for line in said.splitlines() if re.search("nternal|rror", line)]
    return f"the tool died ({done.returncode}): {' | '.join(lines[:3])[:300]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kernels", nargs="*")
    parser.add_argument("--processes", type=int, default=14)
    parser.add_argument("--seconds", type=int, default=40)
    chosen = parser.parse_args()
    parts = where()
    kernels = chosen.kernels or sorted(parts)
    clean = bool(kernels)
    with ThreadPoolExecutor(chosen.processes) as pool:
        futures = {pool.submit(check, kernel, parts[kernel], chosen.seconds): kernel for kernel in kernels}
        for future in as_completed(futures):
            kernel, said = futures[future], future.result()
            print(f"{kernel:28}{parts[kernel]:10}{said}", flush=True)
            clean &= said == "none"
    sys.exit(not clean)


if __name__ == "__main__":
    main()
