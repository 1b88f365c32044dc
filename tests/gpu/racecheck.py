"""compute-sanitizer's racecheck on the parts of every_kernel.py, each in a process of its own, so that an error of the
tool in one hides no other: see `make sanitize-gpu`.

    python tests/gpu/racecheck.py [--seconds 600] [PART ...]

A line for each part: the number of hazards and where they are, or what the tool died of. Fails where there was either.
Without cuBLAS, some of whose kernels racecheck dies of.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

PROGRAM = str(Path(__file__).with_name("every_kernel.py"))
PARTS = ("usual", "triton", "int8", "float32", "experts", "sampling")
SUMMARY = re.compile(r"RACECHECK SUMMARY: (\d+) hazards? displayed")
PLACE = re.compile(r"access at (\S+?)(?:\+0x\w+)?(?: in (\S+:\d+))?[ ,]")


def check(part: str, seconds: int) -> tuple[bool, str]:
    """Whether racecheck found nothing in a part, and what it says."""
    command = ["compute-sanitizer", "--tool", "racecheck", sys.executable, PROGRAM, part, "--without-library"]
    environment = os.environ | {"CUDA_LAUNCH_BLOCKING": "1"}
    command = ["timeout", "-k", "2", str(seconds), *command]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", env=environment, check=False)
    said = done.stdout + done.stderr
    summary = SUMMARY.search(said)
    places = Counter(f"{kernel} {line}".strip() for kernel, line in PLACE.findall(said))
    if "every kernel ran" in said and summary and "nternal" not in said:
        found = "; ".join(f"{count} × {place}" for place, count in places.most_common(8))
        return summary[1] == "0", "none" if summary[1] == "0" else f"{summary[1]} hazards: {found}"
    if done.returncode == 124:
        return False, f"more than {seconds} s; hazards so far: {sum(places.values())}"
    lines = [line.strip("= ") for line in said.splitlines() if re.search("nternal|rror", line)]
    return False, f"the tool died ({done.returncode}): {' | '.join(lines[:4])[:400]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=PARTS)
    parser.add_argument("--seconds", type=int, default=600)
    chosen = parser.parse_args()
    clean = True
    with ThreadPoolExecutor(len(chosen.parts)) as pool:
        futures = {pool.submit(check, part, chosen.seconds): part for part in chosen.parts}
        for future in as_completed(futures):
            found_nothing, said = future.result()
            print(f"{futures[future]:10}{said}", flush=True)
            clean &= found_nothing
    sys.exit(not clean)


if __name__ == "__main__":
    main()
