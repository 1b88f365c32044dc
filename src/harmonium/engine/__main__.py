"""`python -m harmonium.engine FD [follow]`: the engine, or one of its other ranks, at an inherited socket."""

from __future__ import annotations

import logging
import signal
import socket
import sys


def main() -> None:
    # Ctrl-C in a terminal reaches every process of the group; the server decides when the engine ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    from harmonium.engine import loop

    connection = socket.socket(fileno=int(sys.argv[1]))
    if sys.argv[2:] == ["follow"]:
        loop.follow(connection)
    else:
        loop.serve(connection)


if __name__ == "__main__":
    main()
