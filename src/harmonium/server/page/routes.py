"""The handlers of the page: a few files, read once. Everything else the page does goes through the public API."""

from __future__ import annotations

import gzip
from collections.abc import Awaitable, Callable
from hashlib import sha256
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Handler = Callable[[Request], Awaitable[Response]]

ASSETS: Final = {
    "/page/app.js": "text/javascript",
    "/page/app.css": "text/css",
    "/page/icon.svg": "image/svg+xml",
    "/page/licenses.txt": "text/plain",
}
"""Path and media type of each file that the page loads or links to."""

PATHS: Final = frozenset({"/", *ASSETS})
"""Every path of the page. What lies there is the same for everybody, so that it needs neither a key nor a model."""

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types dompurify",
    )
)
"""The Content-Security-Policy: no inline script or style, no other origin, no HTML but what DOMPurify has cleaned."""


class Page:
    """The handlers of one app. `otherwise` answers at / whoever is no browser."""

    def __init__(self, otherwise: Handler) -> None:
        self._otherwise = otherwise
        self._index = _file("index.html", "text/html")
        self._assets = {path: _file(path.rpartition("/")[2], kind) for path, kind in ASSETS.items()}

    async def root(self, request: Request) -> Response:
        """The page, to those who name text/html among what they accept, as browsers do and API clients do not."""
        response = await (self._index if _accepts_html(request) else self._otherwise)(request)
        response.headers.add_vary_header("accept")
        return response

    def routes(self) -> list[Route]:
        return [
            Route("/", self.root, methods=["GET"]),
            *(Route(path, handler, methods=["GET"]) for path, handler in self._assets.items()),
        ]


def _accepts_html(request: Request) -> bool:
    for each in ",".join(request.headers.getlist("accept")).split(","):
        kind, *parameters = (part.strip().lower() for part in each.split(";"))
        if kind == "text/html":
            return not any(part.startswith("q=") and not part[2:].strip("0.") for part in parameters)
    return False


def _file(name: str, kind: str) -> Handler:
    """A handler for one file: compressed where the client takes it, and not sent again while it has not changed."""
    body = (files(__package__) / "files" / name).read_bytes()
    packed = gzip.compress(body, mtime=0)
    headers = {
        # Weak: what is sent is the same thing in two encodings. Asked for each time, since an update changes it.
        "etag": f'W/"{sha256(body).hexdigest()[:24]}"',
        "cache-control": "no-cache",
        "content-security-policy": POLICY,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "vary": "accept-encoding",
    }

    async def serve(request: Request) -> Response:
        if headers["etag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(packed, media_type=kind, headers={**headers, "content-encoding": "gzip"})
        return Response(body, media_type=kind, headers=headers)

    return serve
