"""`harmonium lobechat`: what to set in LobeChat so that it talks to this server, and whether it will work.

LobeChat asks from its own server ("server mode") or from the page in the browser ("client mode"); the checks send what
it sends in either, and look for what it reads.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from harmonium.config import LobeChatConfig
from harmonium.errors import ConfigError

SECONDS: Final = 120.0

KNOWN: Final = frozenset({"openai/gpt-oss-20b", "openai/gpt-oss-120b", "gpt-oss:20b", "gpt-oss:120b", "gpt-oss-120b"})
"""Ids that LobeChat's own list of models gives tools, thinking and a context of 131,072 tokens."""

ORIGINS: Final = {"docker": "http://localhost:3210", "npm": "http://localhost:3010", "cloud": "https://lobechat.com"}

PREFLIGHT: Final = (
    "authorization,content-type,x-stainless-arch,x-stainless-lang,x-stainless-os,x-stainless-package-version,"
    "x-stainless-retry-count,x-stainless-runtime,x-stainless-runtime-version,x-stainless-timeout"
)
"""Headers for which LobeChat's page asks permission."""

TOOL: Final = {
    "type": "function",
    "function": {
        "name": "lobe-web-browsing____search____builtin",
        "description": "Search the web.",
        "parameters": {
            "type": "object",
            "properties": {"query": {"type": "string", "description": "What to look for."}},
            "required": ["query"],
        },
    },
}
QUESTION: Final = "What is the weather in Paris today? Search the web."


def model_of(config: LobeChatConfig) -> str:
    """The id under which LobeChat should ask for the model."""
    return config.model or ("gpt-oss:20b" if config.provider == "ollama" else "openai/gpt-oss-20b")


def base_of(config: LobeChatConfig) -> str:
    """Harmonium's address as LobeChat must write it, without a path."""
    parts = urlsplit(config.url if "//" in config.url else f"http://{config.url}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"--url {config.url!r} is no http or https URL.")
    host = parts.netloc
    if config.setup == "docker" and parts.hostname in ("localhost", "127.0.0.1", "::1"):
        # Inside of a container that would be the container.
        host = "host.docker.internal" + (f":{parts.port}" if parts.port else "")
    return f"{parts.scheme}://{host}"


def environment(config: LobeChatConfig) -> dict[str, str]:
    """Variables for LobeChat's server; none where there is none to set them on, or the provider has none."""
    if config.setup == "cloud":
        return {}
    model, base, key = model_of(config), base_of(config), config.api_key or "none"
    card = f"-all,+{model}={model.rpartition('/')[2]}<{config.context}:reasoning:fc>"
    provider = {"responses": "openai"}.get(config.provider, config.provider)
    own: dict[str, dict[str, str]] = {
        "vllm": {"VLLM_API_KEY": key, "VLLM_PROXY_URL": f"{base}/v1", "VLLM_MODEL_LIST": card},
        "openai": {"OPENAI_API_KEY": key, "OPENAI_PROXY_URL": f"{base}/v1", "OPENAI_MODEL_LIST": card},
        "lmstudio": {"LMSTUDIO_MODEL_LIST": card},
        "ollama": {"OLLAMA_PROXY_URL": base, "OLLAMA_MODEL_LIST": card},
    }
    return {
        **own[provider],
        **({} if provider == "openai" else {"ENABLED_OPENAI": "0"}),
        "DEFAULT_AGENT_CONFIG": f"model={model};provider={provider}",
        "SYSTEM_AGENT": f"default={provider}/{model}",
    }


NAMES: Final = {
    "vllm": "vLLM",
    "openai": "OpenAI",
    "responses": "OpenAI",
    "lmstudio": "LM Studio",
    "ollama": "Ollama",
}


def steps(config: LobeChatConfig) -> list[str]:
    """What to do by hand in LobeChat, and in Harmonium's own command line."""
    made = []
    model, base = model_of(config), base_of(config)
    own = origin_of(config)
    serve = ["harmonium serve MODEL"]
    if model not in ("harmonium/demo", ""):
        serve.append(f"--served-model-name {model}")
    if config.setup == "docker":
        serve.append("--host 0.0.0.0")
    if config.api_key:
        serve.append("--api-key …")
    if config.setup == "cloud":
        serve.append(f"--allowed-origins {own}")
    made.append(f"Start the server: {' '.join(serve)}")
    by_hand = config.setup == "cloud" or config.provider in ("lmstudio", "responses")
    if config.setup == "docker":
        made.append("Give the container its host's address: --add-host host.docker.internal:host-gateway")
    if not by_hand:
        made.append("Set the variables above where LobeChat is started.")
        return made
    made.append(f"In LobeChat: Settings > AI Service Provider > {NAMES[config.provider]}")
    if config.provider == "ollama":
        made.append(f"Interface proxy address: {base}")
    else:
        if config.provider != "lmstudio":
            made.append(f"API Key: {config.api_key or 'any word: LobeChat refuses to ask without one'}")
        made.append(f"API Proxy URL: {base}/v1")
    if config.provider == "responses":
        made.append("Use Responses API Specification: on")
    if config.setup == "cloud":
        made.append("Use Client Request Mode: on, since the cloud can't reach your machine, but your browser can")
        made.append("When the browser asks whether the page may reach devices on your network: allow it")
        if base.startswith("http:") and urlsplit(base).hostname not in ("localhost", "127.0.0.1"):
            made.append("Browsers let a page of https reach http on this same machine only: put TLS in front")
    made.append(f"Fetch models, switch {model} on, choose it beside Check, and press Check")
    if model not in KNOWN:
        made.append(f"LobeChat does not know {model}: in its gear menu switch tools and deep thinking on")
    return made


def origin_of(config: LobeChatConfig) -> str:
    """Where LobeChat's page comes from."""
    return (config.origin or ORIGINS[config.setup]).rstrip("/")


@dataclass(frozen=True)
class Result:
    """Of one check: what was looked at, whether it was as it should be, and what was found."""

    name: str
    ok: bool
    found: str


class Problem(Exception):
    """Why a check fails, in words for a person."""


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            raise Problem(f"status {self.status}, and no JSON: {self.body[:100].decode(errors='replace')!r}") from None

    def must(self, status: int = 200) -> Reply:
        if self.status != status:
            text = self.body[:300].decode(errors="replace")
            try:
                error = json.loads(self.body)["error"]
                text = error if isinstance(error, str) else error["message"]
            except (ValueError, KeyError, TypeError):
                pass
            raise Problem(f"status {self.status}: {text}")
        return self


class Checks:
    """Every check of one set-up, in order; each needs those before it."""

    def __init__(self, config: LobeChatConfig) -> None:
        self._config = config
        self._model = model_of(config)
        self._origin = origin_of(config)
        parts = urlsplit(config.url if "//" in config.url else f"http://{config.url}")
        base_of(config)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port

    def run(self) -> Iterator[Result]:
        """The results as they come; after a failure that makes the rest pointless, no more."""
        checks: list[tuple[str, Callable[[], str], bool]] = [
            ("the server can be reached", self.reach, True),
            ("a browser may ask (CORS)", self.cors, False),
            ("the model list", self.models, True),
            ("a streamed reply", self.stream, False),
            ("a tool call and its result", self.tool, False),
        ]
        for name, check, needed in checks:
            try:
                found, ok = check(), True
            except Problem as problem:
                found, ok = str(problem), False
            except (OSError, http.client.HTTPException) as error:
                found, ok = f"{type(error).__name__}: {error}", False
            yield Result(name, ok, found)
            if needed and not ok:
                return

    @property
    def _is_ollama(self) -> bool:
        return self._config.provider == "ollama"

    def _ask(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> Reply:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=SECONDS)
        sent = {"Origin": self._origin, **(headers or {})}
        if self._config.api_key and method != "OPTIONS" and not self._is_ollama:
            sent["Authorization"] = f"Bearer {self._config.api_key}"
        try:
            data = None
            if body is not None:
                data = json.dumps(body).encode()
                sent["Content-Type"] = "application/json"
            connection.request(method, path, data, sent)
            reply = connection.getresponse()
            return Reply(reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read())
        finally:
            connection.close()

    def reach(self) -> str:
        reply = self._ask("GET", "/health")
        if reply.status != 200:
            raise Problem(f"/health answers with status {reply.status}")
        ready = self._ask("GET", "/health/ready")
        if ready.status != 200:
            ready.must()
        return f"{self._host} answers, and the model is loaded"

    def cors(self) -> str:
        wanted = "content-type" if self._is_ollama else PREFLIGHT
        route = "/api/chat" if self._is_ollama else "/v1/chat/completions"
        asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": wanted}
        before = self._ask("OPTIONS", route, headers=asking)
        self._allowed(before, "the preflight")
        given = {each.strip().lower() for each in before.headers.get("access-control-allow-headers", "").split(",")}
        missing = [each for each in wanted.split(",") if each not in given]
        if before.status // 100 != 2 or missing:
            raise Problem(f"the preflight (status {before.status}) does not allow {', '.join(missing)}")
        self._allowed(self._ask("POST", route, {"model": "no such model", "messages": []}), "an error")
        return f"from {self._origin}, with every header of LobeChat's; on errors too"

    def _allowed(self, reply: Reply, what: str) -> None:
        allowed = reply.headers.get("access-control-allow-origin")
        if allowed not in ("*", self._origin):
            raise Problem(f"{what} is not for {self._origin}: start the server with --allowed-origins {self._origin}")

    def models(self) -> str:
        if self._is_ollama:
            names = [each["name"] for each in self._ask("GET", "/api/tags").must().json()["models"]]
        else:
            names = [each["id"] for each in self._ask("GET", "/v1/models").must().json()["data"]]
        if self._model not in names:
            raise Problem(f"{self._model} is not served, but {', '.join(names)}: choose one by --model")
        if self._model in KNOWN:
            return f"{self._model}; LobeChat gives this id tools, thinking and 131,072 tokens"
        return f"{self._model}; LobeChat does not know this id: its abilities must be set (…_MODEL_LIST, or by hand)"

    def stream(self) -> str:
        begun = time.monotonic()
        said = self._said([{"role": "user", "content": "hello"}], tools=False)
        if not said.text:
            raise Problem("the reply has no text, and LobeChat calls that empty")
        thought = f"{len(said.reasoning)} characters of thinking, " if said.reasoning else "no thinking, "
        return f"{thought}{len(said.text)} of text, in {time.monotonic() - begun:.1f} s"

    def tool(self) -> str:
        messages: list[dict[str, Any]] = [{"role": "user", "content": QUESTION}]
        said = self._said(messages, tools=True)
        if not said.calls:
            raise Problem(f"the model did not call the tool, but said {said.text[:80]!r}")
        name, arguments, identifier = said.calls[0]
        if name != "lobe-web-browsing____search____builtin":
            raise Problem(f"the tool's name came back as {name!r}")
        if not isinstance(arguments, dict) or not isinstance(arguments.get("query"), str):
            raise Problem(f"the arguments are {arguments!r}")
        result = "Paris: 21 degrees and sunny."
        if self._is_ollama:
            messages += [{"role": "assistant", "content": ""}, {"role": "tool", "content": result}]
        else:
            call = {
                "id": identifier,
                "type": "function",
                "function": {"name": name, "arguments": json.dumps(arguments)},
            }
            messages += [
                {"role": "assistant", "content": "", "tool_calls": [call]},
                {"role": "tool", "content": result, "name": name, "tool_call_id": identifier},
            ]
        after = self._said(messages, tools=True)
        if not after.text and not after.calls:
            raise Problem("after the tool's result came nothing")
        return f"called with {json.dumps(arguments)}, and then: {(after.text or 'one more call')[:80]!r}"

    def _said(self, messages: list[dict[str, Any]], *, tools: bool) -> Said:
        """A reply, read as LobeChat reads it."""
        given = [TOOL] if tools else None
        if self._is_ollama:
            body = {"model": self._model, "messages": messages, "stream": True, "options": {"temperature": 0.0}}
            reply = self._ask("POST", "/api/chat", {**body, **({"tools": given} if given else {})}).must()
            return read_ollama(reply.body)
        if self._config.provider == "responses":
            return self._responses(messages, tools)
        more = {"temperature": 0, "top_p": 1, "frequency_penalty": 0, "presence_penalty": 0}
        body = {"model": self._model, "messages": messages, "stream": True, **more}
        body["stream_options"] = {"include_usage": True}
        reply = self._ask("POST", "/v1/chat/completions", {**body, **({"tools": given} if given else {})}).must()
        return read_chat(reply.body)

    def _responses(self, messages: list[dict[str, Any]], tools: bool) -> Said:
        items: list[dict[str, Any]] = []
        for each in messages:
            if each["role"] == "tool":
                output = {"call_id": each["tool_call_id"], "output": each["content"], "type": "function_call_output"}
                items.append(output)
            elif each.get("tool_calls"):
                call = each["tool_calls"][0]
                name = call["function"]["name"]
                # LobeChat puts the name where the arguments belong.
                items.append({"arguments": name, "call_id": call["id"], "name": name, "type": "function_call"})
            else:
                items.append({"role": each["role"], "content": each["content"]})
        body: dict[str, Any] = {"model": self._model, "input": items, "stream": True, "store": False, "temperature": 0}
        if tools:
            body["tools"] = [{"type": "function", **TOOL["function"]}]  # type: ignore[dict-item]
        return read_responses(self._ask("POST", "/v1/responses", body).must().body)


@dataclass
class Said:
    """What LobeChat makes of a stream: text, thinking, and calls as name, arguments and id."""

    text: str
    reasoning: str
    calls: list[tuple[str, Any, str]]


def events(body: bytes) -> Iterator[Any]:
    """The JSON of a stream of events."""
    for line in body.decode(errors="replace").split("\n"):
        data = line.removeprefix("data:").strip()
        if line.startswith("data:") and data != "[DONE]":
            try:
                event = json.loads(data)
            except ValueError:
                raise Problem(f"an event of the stream is no JSON: {data[:80]!r}") from None
            if isinstance(event, dict) and event.get("error"):
                raise Problem(f"the stream failed: {event['error'].get('message')}")
            yield event


def arguments_of(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise Problem(f"a call's arguments are no JSON: {text[:80]!r}") from None


def read_chat(body: bytes) -> Said:
    said = Said("", "", [])
    calls: dict[int, dict[str, str]] = {}
    usage = False
    for chunk in events(body):
        if not chunk.get("choices"):
            usage = usage or bool(chunk.get("usage"))
            continue
        delta = chunk["choices"][0].get("delta") or {}
        for call in delta.get("tool_calls") or []:
            kept = calls.setdefault(call["index"], {"id": "", "name": "", "arguments": ""})
            kept["id"] = kept["id"] or call.get("id") or ""
            kept["name"] = kept["name"] or call["function"].get("name") or ""
            kept["arguments"] += call["function"].get("arguments") or ""
        if not delta.get("tool_calls"):
            thought = delta.get("reasoning_content") or delta.get("reasoning") or ""
            said.reasoning += thought
            # LobeChat drops the text of a chunk that has thinking too.
            said.text += "" if thought else delta.get("content") or ""
    if not usage:
        raise Problem("the stream has no chunk with usage and empty choices")
    said.calls = [(each["name"], arguments_of(each["arguments"]), each["id"]) for each in calls.values()]
    return said


def read_responses(body: bytes) -> Said:
    said = Said("", "", [])
    calls: list[list[str]] = []
    for event in events(body):
        match event["type"]:
            case "response.output_text.delta":
                said.text += event["delta"]
            case "response.reasoning_summary_text.delta":
                said.reasoning += event["delta"]
            case "response.output_item.added" if event["item"]["type"] == "function_call":
                calls.append([event["item"]["name"], event["item"]["arguments"], event["item"]["call_id"]])
            case "response.function_call_arguments.delta":
                calls[-1][1] += event["delta"]
            case _:
                pass
    said.calls = [(name, arguments_of(text), identifier) for name, text, identifier in calls]
    return said


def read_ollama(body: bytes) -> Said:
    said = Said("", "", [])
    for line in body.decode(errors="replace").splitlines():
        chunk = json.loads(line)
        if "error" in chunk:
            raise Problem(f"the stream failed: {chunk['error']}")
        message = chunk.get("message") or {}
        if chunk.get("done") and not message.get("content"):
            break
        said.reasoning += message.get("thinking") or ""
        said.text += message.get("content") or ""
        for call in message.get("tool_calls") or []:
            said.calls.append((call["function"]["name"], call["function"]["arguments"], ""))
    return said


def report(config: LobeChatConfig) -> str:
    """The variables and steps as text; the variables are lines that a shell, or Docker's --env-file, reads."""
    variables = environment(config)
    lines = []
    if variables:
        lines += ["# LobeChat's environment", *(f"{name}={value}" for name, value in variables.items()), ""]
    lines += [f"# {number}. {step}" for number, step in enumerate(steps(config), 1)]
    return "\n".join(lines) + "\n"
