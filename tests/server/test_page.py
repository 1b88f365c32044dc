"""The page's files as they are served. What the page does in a browser: tests/page."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Iterator

import httpx
import pytest
from serving import Live, ScriptedEngine, says, serving

from harmonium.config import ServerConfig
from harmonium.server.page.routes import ASSETS, PATHS

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
LIMIT = 500_000


def engine() -> ScriptedEngine:
    return ScriptedEngine(says("<|channel|>final<|message|>ok<|return|>"))


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with serving(engine()) as live:
        yield live


@pytest.mark.parametrize("accept", ["text/html", "text/plain;q=0.1, Text/HTML ;q=0.2", BROWSER["accept"]])
def test_browsers_get_the_page(live: Live, accept: str) -> None:
    reply = httpx.get(live.url, headers={"accept": accept})
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert "<!doctype html>" in reply.text
    assert "accept" in reply.headers["vary"].split(", ")
    assert httpx.head(live.url, headers={"accept": accept}).status_code == 200


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "text/plain", "text/html;q=0", "text/htmlx"])
def test_others_are_told_what_ollama_says(live: Live, accept: str) -> None:
    reply = httpx.get(live.url, headers={"accept": accept})
    assert reply.text == "Ollama is running"
    assert "accept" in reply.headers["vary"].split(", ")


@pytest.mark.parametrize("path", sorted(PATHS))
def test_a_browser_may_load_nothing_from_elsewhere(live: Live, path: str) -> None:
    policy = httpx.get(live.url + path, headers=BROWSER).headers["content-security-policy"]
    rules = {name: set(sources) for name, *sources in map(str.split, policy.split(";"))}
    assert rules["default-src"] == {"'none'"}
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == {"'self'"}
    assert rules["require-trusted-types-for"] == {"'script'"}
    assert not re.search(r"unsafe|\*|https?:", policy)


def test_the_page_has_no_inline_script_and_names_only_files_that_are_served(live: Live) -> None:
    text = httpx.get(live.url, headers=BROWSER).text
    assert not re.search(r"<script(?![^>]* src=)|<style| style=| on\w+=", text)
    named = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert {f"/{name}" for name in named} <= set(ASSETS)
    assert len(named) == 3


@pytest.mark.parametrize("path", sorted(PATHS))
def test_what_has_not_changed_is_not_sent_again(live: Live, path: str) -> None:
    first = httpx.get(live.url + path, headers=BROWSER)
    assert first.headers["cache-control"] == "no-cache"
    tag = first.headers["etag"]
    again = httpx.get(live.url + path, headers={**BROWSER, "if-none-match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert httpx.get(live.url + path, headers={**BROWSER, "if-none-match": '"other"'}).content == first.content


def test_files_are_compressed_for_those_who_take_it(live: Live) -> None:
    total = 0
    for path in sorted(PATHS):
        plain = httpx.get(live.url + path, headers={**BROWSER, "accept-encoding": "identity"})
        with httpx.stream("GET", live.url + path, headers={**BROWSER, "accept-encoding": "gzip"}) as reply:
            packed = b"".join(reply.iter_raw())
        assert "content-encoding" not in plain.headers
        assert reply.headers["content-encoding"] == "gzip"
        assert gzip.decompress(packed) == plain.content
        total += len(packed)
    assert 50_000 < total <= LIMIT


def test_the_page_loads_without_a_key_and_what_it_asks_for_does_not() -> None:
    config = ServerConfig(api_key=("secret",), allowed_origins=("http://chat.example",))
    with serving(engine(), config) as live:
        for path in sorted(PATHS):
            assert httpx.get(live.url + path, headers=BROWSER).status_code == 200
        for path in ("/v1/models", "/metrics", "/page", "/page/", "/page/index.html", "/page/../metrics", "//"):
            assert httpx.get(live.url + path, headers=BROWSER).status_code == 401
        reply = httpx.get(live.url, headers={**BROWSER, "origin": "http://chat.example"})
        assert set(reply.headers["vary"].split(", ")) == {"accept", "accept-encoding", "origin"}


def test_the_page_is_there_while_the_model_loads() -> None:
    async def never() -> ScriptedEngine:
        await asyncio.Event().wait()
        return engine()

    with serving(never, wait=False) as live:
        assert httpx.get(live.url, headers=BROWSER).status_code == 200


def test_it_can_be_switched_off() -> None:
    with serving(engine(), ServerConfig(page=False)) as live:
        assert httpx.get(live.url, headers=BROWSER).text == "Ollama is running"
        for path in ASSETS:
            assert httpx.get(live.url + path, headers=BROWSER).status_code == 404
    with serving(engine(), ServerConfig(page=False, api_key=("secret",))) as live:
        assert httpx.get(live.url, headers=BROWSER).status_code == 401
