"""A server on this machine that speaks as much of the Hugging Face Hub's HTTP as downloading needs.

As a program (fake_hub.py MODEL) it is the client: it resolves a model in a process of its own, since huggingface_hub
reads its environment once, and prints the folder or the error as JSON.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class FakeHub:
    """What the server has and has seen. `claimed`: sizes that it states falsely; `broken`: files whose next download
    breaks off half way; `asked`: the downloads, with the byte each began at."""

    url: str = ""
    repositories: dict[str, Path] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    claimed: dict[str, int] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    asked: list[tuple[str, int]] = field(default_factory=list)

    def files(self, repository: str) -> dict[str, Path]:
        root = self.repositories[repository]
        return {str(file.relative_to(root)): file for file in sorted(root.rglob("*")) if file.is_file()}


@contextmanager
def serving() -> Iterator[FakeHub]:
    hub = FakeHub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self.answer(with_body=False)

        def do_GET(self) -> None:
            self.answer(with_body=True)

        def answer(self, with_body: bool) -> None:
            parts = [unquote(part) for part in urlsplit(self.path).path.strip("/").split("/")]
            api = parts[:2] == ["api", "models"]
            name = "/".join(parts[2:4] if api else parts[:2])
            if name not in hub.repositories:
                return self.fail(401, "RepoNotFound", "Repository not found")
            if name in hub.gated and not api:
                return self.fail(403, "GatedRepo", "Access to this model is restricted")
            if api:
                if parts[4] == "revision" and parts[5] not in ("main", COMMIT):
                    return self.fail(404, "RevisionNotFound", "Revision not found")
                return self.send(json.dumps(self.listing(name, parts[4])).encode(), "application/json")
            file = "/".join(parts[4:])
            if file not in hub.files(name):
                return self.fail(404, "EntryNotFound", "Entry not found")
            return self.file(file, hub.files(name)[file].read_bytes(), with_body)

        def listing(self, name: str, what: str) -> object:
            sizes = {file: path.stat().st_size for file, path in hub.files(name).items()} | hub.claimed
            if what == "tree":
                return [{"type": "file", "path": file, "size": size, "oid": "0"} for file, size in sizes.items()]
            siblings = [{"rfilename": file, "size": size, "blobId": "0"} for file, size in sizes.items()]
            return {"id": name, "sha": COMMIT, "siblings": siblings, "private": False, "tags": [], "downloads": 0}

        def file(self, file: str, content: bytes, with_body: bool) -> None:
            start = 0
            if with_body:
                start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")[0])
                hub.asked.append((file, start))
            self.send_response(206 if start else 200)
            self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(content) - start))
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            self.end_headers()
            if with_body and file in hub.broken:
                hub.broken.remove(file)
                self.wfile.write(content[start : len(content) // 2])
                self.close_connection = True
            elif with_body:
                self.wfile.write(content[start:])

        def send(self, content: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def fail(self, status: int, code: str, message: str) -> None:
            self.send_response(status)
            self.send_header("X-Error-Code", code)
            self.send_header("X-Error-Message", message)
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def client(model: str, revision: str = "main", *target: str) -> None:
    """target: the folder of a model, for which a head is to be resolved."""
    from harmonium.checkpoints.eagle import open_eagle3, parse_eagle3
    from harmonium.checkpoints.hub import resolve
    from harmonium.checkpoints.model_config import parse_config
    from harmonium.errors import CheckpointError

    checks: dict[str, Any] = {}
    if target:
        shape = parse_config(Path(*target))[0]
        checks = {
            "check_config": lambda folder: parse_eagle3(folder, shape),
            "check": lambda folder: open_eagle3(folder, shape),
        }
    try:
        print(json.dumps({"folder": str(resolve(model, revision=revision, **checks))}))
    except CheckpointError as error:
        print(json.dumps({"error": error.message}))


if __name__ == "__main__":
    client(*sys.argv[1:])
