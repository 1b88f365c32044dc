"""The real LobeChat, built from npm, in headless Chromium against `harmonium serve`: `make lobechat-e2e`.

Starts three servers (the demo model with a key, the same without one, and a script that is played through the real
engine), LobeChat's production server and a browser, and goes through its pages as a user does; `e2e.mjs` has the steps.
The first time it installs and builds LobeChat, which takes minutes and 12 GB of disk: see docs/lobechat.md.

The demo model is too small to call tools behind LobeChat's prompt of 2,400 tokens, and too quick to be stopped: for
these steps the script plays. It answers the tool's result only if the result is in the prompt, and says that it
remembers why it called only if its reasoning is.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

HERE = Path(__file__).parent
KEY = "sk-local"
PORT = 3010
NAMES = ("openai/gpt-oss-20b", "gpt-oss:20b")
BUILD = {
    "NEXT_PUBLIC_CLIENT_DB": "pglite",
    "NEXT_TELEMETRY_DISABLED": "1",
    "APP_URL": f"http://localhost:{PORT}",
    "DOCKER": "true",
    "NODE_OPTIONS": "--max-old-space-size=8192",
}


def built(folder: Path) -> Path:
    """LobeChat's server, ready to be started."""
    app = folder / "app"
    standalone = app / ".next" / "standalone"
    if not (standalone / "server.js").exists():
        subprocess.run(["sh", str(HERE / "install.sh"), str(folder)], check=True)
        subprocess.run(["node_modules/.bin/next", "build"], cwd=app, check=True, env={**os.environ, **BUILD})
    for source, target in (
        (app / "public", standalone / "public"),
        (app / ".next/static", standalone / ".next/static"),
    ):
        shutil.copytree(source, target, dirs_exist_ok=True)
    return standalone


@contextmanager
def running(
    command: list[str], url: str, log: Path, cwd: Path | None = None, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A process, from when `url` answers."""
    try:
        urllib.request.urlopen(url, timeout=5)
        raise SystemExit(f"something else answers at {url} already")
    except OSError:
        pass
    with (
        log.open("wb") as out,
        subprocess.Popen(command, cwd=cwd, stdout=out, stderr=out, env={**os.environ, **environment}) as process,
    ):
        try:
            deadline = time.monotonic() + 120
            while True:
                try:
                    urllib.request.urlopen(url, timeout=5)
                    break
                except OSError:
                    if process.poll() is not None or time.monotonic() > deadline:
                        raise SystemExit(f"{command[0]} did not start; see {log}") from None
                    time.sleep(0.2)
            yield process
        finally:
            process.terminate()


def harmonium(model: str, port: int, *more: str) -> list[str]:
    command = [sys.executable, "-m", "harmonium", "serve", *filter(None, [model]), "--port", str(port)]
    command += ["--kv-cache-memory-bytes", str(512 << 20), "--max-model-len", "8192", "--shutdown-timeout", "1", *more]
    return [*command, "--served-model-name", *NAMES]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("only", nargs="*", help="providers, by their names in e2e.mjs; by default all")
    parser.add_argument("--folder", type=Path, default=HERE.parents[1] / "build" / "lobechat")
    parser.add_argument("--shots", type=Path, help="folder for screenshots; by default beside LobeChat")
    parser.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("chromium-browser") or "")
    chosen = parser.parse_args()
    if not chosen.chromium:
        raise SystemExit("install Chromium, or name it by --chromium")
    folder: Path = chosen.folder.resolve()
    shots: Path = (chosen.shots or folder / "shots").resolve()
    shots.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    standalone = built(folder)
    print(f"LobeChat is there ({time.monotonic() - begun:.0f} s)", flush=True)
    ports = {"keyed": 18000, "open": 18001, "scripted": 18002}
    commands = {
        "keyed": harmonium("", ports["keyed"], "--api-key", KEY),
        "open": harmonium("", ports["open"]),
        "scripted": harmonium(f"scripted:{HERE / 'script.json'}", ports["scripted"]),
    }
    with ExitStack() as stack:
        for name, command in commands.items():
            cache = folder / f"cache-{name}"
            url = f"http://127.0.0.1:{ports[name]}/health/ready"
            log = folder / f"{name}.log"
            stack.enter_context(
                running(command, url, log, HARMONIUM_CACHE=str(cache), OMP_NUM_THREADS="1", HARMONIUM_API_KEY="")
            )
        node = ["node", "server.js"]
        more = {"PORT": str(PORT), "HOSTNAME": "localhost", **BUILD}
        lobechat = f"http://localhost:{PORT}"
        stack.enter_context(running(node, f"{lobechat}/chat", folder / "lobechat.log", standalone, **more))
        settings = {
            **{name: f"http://127.0.0.1:{port}" for name, port in ports.items()},
            "lobechat": lobechat,
            "key": KEY,
            "tools": str(folder / "tools"),
            "shots": str(shots),
            "chromium": chosen.chromium,
            "only": chosen.only,
        }
        (folder / "settings.json").write_text(json.dumps(settings))
        begun = time.monotonic()
        done = subprocess.run(["node", str(HERE / "e2e.mjs"), str(folder / "settings.json")], check=False)
        print(f"{time.monotonic() - begun:.0f} s")
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    print(f"the largest process took {most:.1f} GiB")
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
