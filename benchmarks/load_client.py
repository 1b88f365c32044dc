"""What `harmonium bench serve` itself takes of a processor, for many streams that come at a steady pace.

python benchmarks/load_client.py [--streams 256] [--rate 50] [--seconds 10]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path

CHUNK = {
    "id": "chatcmpl-0123456789abcdef01234567",
    "object": "chat.completion.chunk",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "delta": {"content": " word"}, "logprobs": None, "finish_reason": None}],
}


def event(data: object) -> bytes:
    body = b"data: " + json.dumps(data).encode() + b"\n\n"
    return b"%x\r\n%s\r\n" % (len(body), body)


async def serve(streams: int, rate: float, tokens: int) -> None:
    chunk = event(CHUNK)
    usage = event({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": tokens}})

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for number in range(tokens):
            await asyncio.sleep(begun + (number + 1) / rate - loop.time())
            writer.write(chunk)
        writer.write(usage + b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=streams)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=256)
    parser.add_argument("--rate", type=float, default=50.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        asyncio.run(serve(chosen.streams, chosen.rate, int(chosen.rate * chosen.seconds)))
        return
    own = [sys.executable, __file__, "--serve", "--streams", str(chosen.streams)]
    own += ["--rate", str(chosen.rate), "--seconds", str(chosen.seconds)]
    with (
        subprocess.Popen(own, stdout=subprocess.PIPE, text=True) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        assert server.stdout is not None
        port = int(server.stdout.readline())
        saved = Path(folder) / "figures.json"
        command = [sys.executable, "-m", "harmonium", "bench", "serve", f"http://127.0.0.1:{port}/v1", "--model", "m"]
        command += ["--concurrency", str(chosen.streams), "--num-requests", str(chosen.streams), "--warmup", "0"]
        try:
            subprocess.run([*command, "--json", str(saved)], check=True)
        finally:
            server.terminate()
        (run,) = json.loads(saved.read_text())["runs"]
        rate = run["output_tokens_per_second"]
        print(f"{run['client_cpu']:.0%} of a core for {rate:,.0f} chunks a second:", end=" ")
        print(f"{1e6 * run['client_cpu'] / rate:.1f} µs each")


if __name__ == "__main__":
    main()
