"""Built-in tools: an MCP server in a process of its own, called from Responses and from Chat Completions."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import agents
import httpx
import openai
import pytest
from folding import as_folded, fold_chat
from responses_grammar import check_stream, events_of, without_ids
from serving import NAMES, Live, ScriptedEngine, chunks_of, completion, says, serving, until
from test_responses import CALL, PREAMBLE, THOUGHT
from test_scripted import serving_script

from harmonium.config import ServerConfig
from harmonium.errors import ConfigError
from harmonium.messages import Delta, Request
from harmonium.server.mcp import MCPServers
from harmonium.vocabulary import load_vocabulary

MCP: Any = {"type": "mcp", "server_label": "weather", "require_approval": "never"}
ANSWER = f"{THOUGHT}<|channel|>final<|message|>It rains.<|return|>"
USER = [{"role": "user", "content": "How is the weather?"}]
FUNCTION: Any = {"type": "function", "name": "get_time", "parameters": {"type": "object", "properties": {}}}


@contextmanager
def mcp_server(*options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Its URL and its process."""
    program = Path(__file__).with_name("mcp_server.py")
    with subprocess.Popen([sys.executable, str(program), *options], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip(), process
        finally:
            process.kill()


@pytest.fixture(scope="module")
def weather() -> Iterator[str]:
    with mcp_server() as (url, _):
        yield url


def call(name: str, **arguments: Any) -> str:
    header = f"<|channel|>commentary to=functions.{name} <|constrain|>json<|message|>"
    return f"{header}{json.dumps(arguments)}<|call|>"


class Plays:
    """Says one text after the other, one in each turn after the user's last message."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts

    def __call__(self, request: Request) -> list[Delta]:
        prompt = load_vocabulary().decode(request.prompt)
        turn = prompt.rpartition("<|start|>user")[2].count("<|call|>")
        return list(says(self.texts[turn])(request))


@contextmanager
def talking(folder: Path, url: str, *texts: str, **options: Any) -> Iterator[Live]:
    chosen = {"mcp_server": (f"weather={url}",), "mcp_in_chat": "asked", **options}
    config = ServerConfig(response_store=str(folder / "responses.sqlite3"), **chosen)
    with serving(ScriptedEngine(Plays(*texts), max_model_len=40_000), config) as live:
        yield live


def post(live: Live, **body: Any) -> httpx.Response:
    with live.http() as client:
        return client.post("/v1/responses", json={"input": "How is the weather?", "tools": [MCP], **body})


def chat(live: Live, **body: Any) -> httpx.Response:
    with live.http() as client:
        return client.post("/v1/chat/completions", json={"messages": USER, "tools": [MCP], **body})


def prompts(live: Live) -> list[list[int]]:
    engine: Any = live.service.engine
    return [request.prompt for request in engine.requests]


# ---- Responses ------------------------------------------------------------------------------------------------------


def test_tools_are_listed_called_and_answered(tmp_path: Path, weather: str) -> None:
    first, second = THOUGHT + PREAMBLE + call("get_weather", city="Berlin"), THOUGHT + call("get_weather", city="Bonn")
    with talking(tmp_path, weather, first, second, ANSWER) as live:
        whole = post(live).raise_for_status().json()
        streamed = check_stream(events_of(post(live, stream=True)))
        background = check_stream(events_of(post(live, stream=True, background=True)), background=True)
        with live.http() as client:
            kept = client.get(f"/v1/responses/{whole['id']}").json()
    assert without_ids(streamed) == without_ids(whole)
    assert without_ids(background)["output"] == without_ids(whole)["output"]
    assert [item["type"] for item in whole["output"]] == [
        *("mcp_list_tools", "reasoning", "message", "mcp_call", "reasoning", "mcp_call", "reasoning", "message")
    ]
    assert kept == whole
    listed, _, _, berlin, _, bonn, _, message = whole["output"]
    assert listed["server_label"] == "weather"
    assert {tool["name"] for tool in listed["tools"]} >= {"get_weather", "wait", "fail"}
    (tool,) = [tool for tool in listed["tools"] if tool["name"] == "get_weather"]
    assert tool["description"] == "The weather in a city."
    assert tool["annotations"] == {"readOnlyHint": True}
    assert tool["input_schema"]["required"] == ["city"]
    assert (berlin["name"], berlin["arguments"]) == ("get_weather", '{"city": "Berlin"}')
    assert (berlin["output"], bonn["output"]) == ("rain in Berlin", "rain in Bonn")
    assert (berlin["status"], berlin["error"], berlin["approval_request_id"]) == ("completed", None, None)
    assert message["content"][0]["text"] == "It rains."
    (shown,) = whole["tools"]
    assert (shown["type"], shown["server_label"], shown["server_url"]) == ("mcp", "weather", None)


def test_a_server_that_knows_the_handshake_alone(tmp_path: Path) -> None:
    with (
        mcp_server("--legacy") as (url, process),
        talking(tmp_path, url, call("get_weather", city="Berlin"), call("fail", reason="no"), ANSWER) as live,
    ):
        reply = post(live).raise_for_status().json()
        listed, berlin, failed, _, _ = reply["output"]
        assert len(listed["tools"]) == 6
        assert berlin["output"] == "rain in Berlin"
        assert failed["error"]["type"] == "mcp_tool_execution_error"
        assert post(live).raise_for_status().json()["output"][1]["output"] == "rain in Berlin"
        assert process.poll() is None


@pytest.mark.parametrize("memory", [True, False])
def test_each_turn_goes_on_where_the_model_stopped(tmp_path: Path, weather: str, memory: bool) -> None:
    """To the token, with or without a memory of turns; usage counts what was computed for all of them."""
    turns = [THOUGHT + call("get_weather", city=city) for city in ("Berlin", "Bonn", "Köln")]
    with talking(tmp_path, weather, *turns, ANSWER, turn_memory=memory) as live:
        reply = post(live).raise_for_status().json()
        seen = prompts(live)
    for before, text, after in zip(seen, turns, seen[1:], strict=False):
        assert after[: len(before) + len(completion(text))] == before + completion(text)
    assert len(seen) == 4
    usage = reply["usage"]
    assert usage["input_tokens"] == sum(map(len, seen))
    assert usage["output_tokens"] == sum(len(completion(text)) for text in (*turns, ANSWER))
    assert usage["input_tokens_details"]["cached_tokens"] == 4 * 3


def test_the_next_request_knows_what_was_called(tmp_path: Path, weather: str) -> None:
    with talking(tmp_path, weather, THOUGHT + call("get_weather", city="Berlin"), ANSWER) as live:
        first = post(live).raise_for_status().json()
        kept = post(live, input="And now?", previous_response_id=first["id"]).raise_for_status().json()
        echoed = [{"role": "user", "content": "How is the weather?"}, *first["output"]]
        again = post(live, input=[*echoed, {"role": "user", "content": "And now?"}]).raise_for_status().json()
        prompt = load_vocabulary().decode(prompts(live)[2])
        assert prompts(live)[2] == prompts(live)[4]
    assert '{"city": "Berlin"}<|call|><|start|>functions.get_weather to=assistant<|channel|>commentary' in prompt
    assert "rain in Berlin" in prompt
    for reply in (kept, again):
        assert "mcp_list_tools" not in {item["type"] for item in reply["output"]}, "listed once in a conversation"


def test_calls_of_the_client_end_the_response(tmp_path: Path, weather: str) -> None:
    """Both kinds in one turn: what is built in is done, the rest is the client's. The next prompt is exact."""
    both = f"{THOUGHT}{call('get_weather', city='Berlin')}<|start|>assistant{call('get_time')}"
    with talking(tmp_path, weather, both, "", ANSWER) as live:
        events = events_of(post(live, stream=True, tools=[FUNCTION, MCP]))
        first = check_stream(events)
        ours, theirs = first["output"][-2:]
        assert (ours["type"], ours["output"]) == ("mcp_call", "rain in Berlin")
        assert (theirs["type"], theirs["name"]) == ("function_call", "get_time")
        answer = [{"type": "function_call_output", "call_id": theirs["call_id"], "output": "noon"}]
        post(live, input=answer, previous_response_id=first["id"], tools=[FUNCTION, MCP]).raise_for_status()
        before, after = prompts(live)
    assert after[: len(before) + len(completion(both))] == before + completion(both)
    rest = load_vocabulary().decode(after[len(before) + len(completion(both)) :])
    assert rest.index("rain in Berlin") < rest.index("noon")


def test_parallel_calls_run_together_and_come_in_order(tmp_path: Path, weather: str) -> None:
    slow, quick = call("wait", seconds=0.5), call("get_weather", city="Berlin")
    turn = f"{THOUGHT}{slow}<|start|>assistant{slow}<|start|>assistant{quick}"
    with talking(tmp_path, weather, turn, "", "", ANSWER) as live:
        reply = check_stream(events_of(post(live, stream=True)))
        outputs = [item["output"] for item in reply["output"] if item["type"] == "mcp_call"]
        assert outputs == ["done", "done", "rain in Berlin"]
        (_, after) = prompts(live)
    assert load_vocabulary().decode(after).count("done<|end|>") == 2
    assert count(weather, "most") == 2


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        (call("fail", reason="no clouds"), "mcp_tool_execution_error", "no clouds"),
        (call("wait", seconds=30), "http_error", "no answer within 0.5 seconds"),
        (call("get_weather", town=1), "mcp_tool_execution_error", "city"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_call_that_fails_is_told_to_the_model(
    tmp_path: Path, weather: str, text: str, kind: str, said: str, stream: bool
) -> None:
    with talking(tmp_path, weather, text, ANSWER, mcp_timeout=0.5) as live:
        reply = post(live, stream=stream)
        response = check_stream(events_of(reply)) if stream else reply.raise_for_status().json()
        assert said in load_vocabulary().decode(prompts(live)[-1])
    assert response["status"] == "completed"
    (item,) = [item for item in response["output"] if item["type"] == "mcp_call"]
    assert item["status"] == "failed"
    assert item["error"]["type"] == kind
    assert said in item["output"]
    parsed: Any = openai.types.responses.Response.model_validate(response).output[1]
    assert parsed.error.type == kind


def test_the_official_clients_helper_follows_the_calls(tmp_path: Path, weather: str) -> None:
    with (
        talking(tmp_path, weather, call("get_weather", city="Berlin"), ANSWER) as live,
        live.openai().responses.stream(model=NAMES[0], input="How is the weather?", tools=[MCP]) as stream,
    ):
        kinds = [event.type for event in stream]
        final = stream.get_final_response()
    assert final.output_text == "It rains."
    calls = [kind.removeprefix("response.mcp_") for kind in kinds if kind.startswith("response.mcp")]
    arguments = calls.count("call_arguments.delta")
    assert calls == [
        *("list_tools.in_progress", "list_tools.completed", "call.in_progress"),
        *("call_arguments.delta",) * arguments,
        *("call_arguments.done", "call.completed"),
    ]


@pytest.mark.parametrize("streamed", [False, True])
def test_an_agent_with_a_hosted_tool(tmp_path: Path, weather: str, streamed: bool) -> None:
    """OpenAI's agents library takes the calls for made, and shows them."""
    agents.set_tracing_disabled(True)

    async def ask(live: Live) -> list[str]:
        async with live.async_openai() as client:
            agent = agents.Agent(
                name="Weather",
                model=agents.OpenAIResponsesModel(model=NAMES[0], openai_client=client),
                tools=[agents.HostedMCPTool(tool_config=MCP)],
            )
            result: Any
            if streamed:
                result = agents.Runner.run_streamed(agent, "How is the weather?")
                async for _ in result.stream_events():
                    pass
            else:
                result = await agents.Runner.run(agent, "How is the weather?")
            assert result.final_output == "It rains."
            return [item.raw_item.output for item in result.new_items if item.type == "tool_call_item"]

    with talking(tmp_path, weather, THOUGHT + call("get_weather", city="Berlin"), ANSWER) as live:
        assert asyncio.run(ask(live)) == ["rain in Berlin"]


def test_a_server_that_is_down(tmp_path: Path) -> None:
    with mcp_server() as (url, process), talking(tmp_path, url, call("get_weather", city="Berlin"), ANSWER) as live:
        process.kill()
        process.wait()
        for stream in (False, True):
            refused = post(live, stream=stream)
            assert refused.status_code == 424
            assert refused.json()["error"]["type"] == "external_connector_error"
            assert "'weather'" in refused.json()["error"]["message"]
            assert "127.0.0.1" not in refused.text
        assert post(live, tools=[]).status_code == 200


def test_a_server_that_goes_down_after_its_tools_were_listed(tmp_path: Path) -> None:
    with mcp_server() as (url, process), talking(tmp_path, url, call("get_weather", city="Berlin"), ANSWER) as live:
        assert post(live).json()["output"][1]["output"] == "rain in Berlin"
        process.kill()
        process.wait()
        (item,) = [item for item in post(live).raise_for_status().json()["output"] if item["type"] == "mcp_call"]
    assert (item["status"], item["error"]["type"], item["error"]["code"]) == ("failed", "http_error", 502)


def test_rounds_are_capped_by_the_grammar(tmp_path: Path, weather: str) -> None:
    """After the last round the model cannot call, whatever it would like to."""
    with talking(tmp_path, weather, *[call("get_weather", city="Berlin")] * 2, ANSWER, mcp_max_rounds=2) as live:
        reply = post(live).raise_for_status().json()
        engine: Any = live.service.engine
        grammars = [request.grammar for request in engine.requests]
    assert [item["type"] for item in reply["output"]].count("mcp_call") == 2
    assert [any(state.slot is not None for state in grammar.automaton.states) for grammar in grammars] == [
        *(True, True, False)
    ]
    assert reply["output"][-1]["content"][0]["text"] == "It rains."


def test_rounds_are_capped_for_a_model_without_grammar_too(tmp_path: Path, weather: str) -> None:
    with talking(tmp_path, weather, *[call("get_weather", city="Berlin")] * 9, mcp_max_rounds=2) as live:
        reply = post(live).raise_for_status().json()
        streamed = check_stream(events_of(post(live, stream=True)))
        choice = chat(live).raise_for_status().json()["choices"][0]
    assert without_ids(streamed) == without_ids(reply)
    statuses = [item["status"] for item in reply["output"] if item["type"] == "mcp_call"]
    assert statuses == ["completed", "completed", "failed"]
    assert reply["status"] == "completed"
    assert (choice["finish_reason"], len(choice["message"]["executed_tools"])) == ("stop", 3)


def test_calls_are_capped_by_max_tool_calls(tmp_path: Path, weather: str) -> None:
    two = f"{call('get_weather', city='Berlin')}<|start|>assistant{call('get_weather', city='Bonn')}"
    with talking(tmp_path, weather, two, "", ANSWER) as live:
        reply = post(live, max_tool_calls=1).raise_for_status().json()
        engine: Any = live.service.engine
        assert not engine.requests[-1].grammar.slots
    first, second = [item for item in reply["output"] if item["type"] == "mcp_call"]
    assert (first["status"], second["status"]) == ("completed", "failed")
    assert "No more calls" in second["output"]


def test_a_required_call_is_required_once(tmp_path: Path, weather: str) -> None:
    choices: list[Any] = [
        "required",
        {"type": "mcp", "server_label": "weather"},
        {"type": "mcp", "server_label": "weather", "name": "get_weather"},
        {"type": "allowed_tools", "mode": "required", "tools": [{"type": "mcp", "server_label": "weather"}]},
    ]
    with talking(tmp_path, weather, call("get_weather", city="Berlin"), ANSWER) as live:
        for choice in choices:
            assert post(live, tool_choice=choice).raise_for_status().json()["status"] == "completed"
        wrong = post(live, tool_choice={"type": "mcp", "server_label": "weather", "name": "get_wether"})
        assert wrong.json()["error"]["param"] == "tool_choice.server_label"


def test_the_limit_of_tokens_is_that_of_the_whole_reply(tmp_path: Path, weather: str) -> None:
    first = call("get_weather", city="Berlin")
    with talking(tmp_path, weather, first, ANSWER) as live:
        most = len(completion(first))
        reply = post(live, max_output_tokens=most).raise_for_status().json()
        assert (reply["status"], reply["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})
        assert reply["output"][-1]["output"] == "rain in Berlin"
        post(live, max_output_tokens=most + 100).raise_for_status()
        engine: Any = live.service.engine
        assert engine.requests[-1].sampling.max_tokens == 100


def test_a_large_answer_is_cut(tmp_path: Path, weather: str) -> None:
    with talking(tmp_path, weather, call("shout", size=70_000), ANSWER) as live:
        reply = post(live).raise_for_status().json()
    (item,) = [item for item in reply["output"] if item["type"] == "mcp_call"]
    assert item["output"].startswith("x" * 65_536 + "\n[cut off: 4464")


def test_an_answer_beyond_the_context_fails_the_response(tmp_path: Path, weather: str) -> None:
    with talking(tmp_path, weather, call("shout", size=60_000), ANSWER) as live:
        engine: Any = live.service.engine
        engine.ready = ScriptedEngine(says("x"), max_model_len=2000).ready
        assert post(live).json()["error"]["code"] == "context_length_exceeded"
        failed = check_stream(events_of(post(live, stream=True)))
        assert failed["status"] == "failed"


def test_a_client_that_leaves_ends_the_call(tmp_path: Path) -> None:
    with mcp_server() as (url, _), talking(tmp_path, url, THOUGHT + call("wait", seconds=60), ANSWER) as live:
        for path, body in (
            ("/v1/responses", {"input": "x", "tools": [MCP], "stream": True}),
            ("/v1/chat/completions", {"messages": USER, "tools": [MCP], "stream": True}),
            ("/v1/responses", {"input": "x", "tools": [MCP], "stream": False}),
        ):
            with live.http() as client:
                if body["stream"]:
                    with client.stream("POST", path, json=body):
                        until(lambda: count(url, "running") == 1, 10)
                else:
                    with pytest.raises(httpx.ReadTimeout):
                        client.post(path, json=body, timeout=1.5)
            until(lambda: count(url, "running") == 0, 10)
        assert count(url, "cancelled") == 3
        background = post(live, background=True).json()
        until(lambda: count(url, "running") == 1, 10)
        with live.http() as client:
            cancelled = client.post(f"/v1/responses/{background['id']}/cancel").json()
        assert cancelled["status"] == "cancelled"
        until(lambda: count(url, "running") == 0, 10)
        (item,) = [item for item in cancelled["output"] if item["type"] == "mcp_call"]
        assert item["status"] == "incomplete"


def count(url: str, what: str) -> int:
    """What the MCP server says of itself."""

    async def ask() -> str:
        servers = MCPServers(ServerConfig(mcp_server=(f"weather={url}",)))
        async with servers.session() as session:
            return (await session.call(servers.own["weather"], "counts", "{}")).text

    return int(json.loads(asyncio.run(ask()).replace("'", '"'))[what])


def test_names_that_are_taken_and_tools_that_are_not_allowed(tmp_path: Path, weather: str) -> None:
    own = {**FUNCTION, "name": "get_weather"}
    with talking(tmp_path, weather, call("weather_get_weather", city="Berlin"), ANSWER) as live:
        reply = post(live, tools=[own, MCP]).raise_for_status().json()
        (item,) = [item for item in reply["output"] if item["type"] == "mcp_call"]
        assert (item["name"], item["output"]) == ("get_weather", "rain in Berlin")
        for allowed in (["wait"], {"tool_names": ["wait"]}, {"read_only": True}):
            post(live, tools=[{**MCP, "allowed_tools": allowed}])
            described = load_vocabulary().decode(prompts(live)[-1])
            assert ("type wait =" in described) == (allowed != {"read_only": True})
            assert ("type get_weather =" in described) == (allowed == {"read_only": True})


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"server_label": "other"}, "tools[0].server_label", "known: weather"),
    ({"server_label": None}, "tools[0].server_label", "Missing"),
    ({"server_url": "http://127.0.0.1:1/mcp"}, "tools[0].server_url", "--mcp-client-urls"),
    ({"server_url": "http://169.254.169.254/latest"}, "tools[0].server_url", "--mcp-client-urls"),
    ({"connector_id": "connector_gmail"}, "tools[0].connector_id", "server_label"),
    ({"authorization": "x"}, "tools[0]", "credentials"),
    ({"headers": {"a\r\nb": "x"}}, "tools[0].headers", ""),
    ({"require_approval": "always"}, "tools[0].require_approval", "never"),
    ({"allowed_tools": ["nothing"]}, "tools[0].allowed_tools", "nothing"),
]


@pytest.mark.parametrize(("fields", "param", "hint"), BAD)
def test_what_is_refused(tmp_path: Path, weather: str, fields: dict[str, Any], param: str, hint: str) -> None:
    with talking(tmp_path, weather, ANSWER) as live:
        for reply in (post(live, tools=[{**MCP, **fields}]), chat(live, tools=[{**MCP, **fields}])):
            assert reply.status_code == 400, reply.text
            assert reply.json()["error"]["param"].startswith(param)
            assert hint in reply.json()["error"]["message"]
        assert prompts(live) == []


def test_no_address_of_a_client_is_contacted_unless_allowed(tmp_path: Path, weather: str) -> None:
    """With the default, a listener there sees no connection at all."""
    with socket.create_server(("127.0.0.1", 0)) as listener, talking(tmp_path / "default", weather, ANSWER) as live:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
        for label in ("mine", "weather"):
            asked = [{**MCP, "server_label": label, "server_url": url}]
            assert post(live, tools=asked).json()["error"]["code"] == "mcp_server_url_not_allowed"
            assert chat(live, tools=asked).json()["error"]["code"] == "mcp_server_url_not_allowed"
        listener.settimeout(0.2)
        with pytest.raises(TimeoutError):
            listener.accept()
    elsewhere = {**MCP, "server_label": "mine", "server_url": weather, "authorization": "secret"}
    with talking(tmp_path, weather, call("whoami"), ANSWER, mcp_server=(), mcp_client_urls=True) as live:
        reply = post(live, tools=[elsewhere]).raise_for_status()
        (item,) = [item for item in reply.json()["output"] if item["type"] == "mcp_call"]
        assert item["output"] == "Bearer secret"
        assert weather not in reply.text, "addresses are not echoed"
        assert post(live, tools=[{**elsewhere, "server_url": "file:///etc/passwd"}]).status_code == 400


def test_without_servers_nothing_is_built_in(tmp_path: Path) -> None:
    with talking(tmp_path, "", ANSWER, mcp_server=()) as live:
        refused = post(live)
        assert refused.status_code == 400
        assert "known: none" in refused.json()["error"]["message"]


# ---- Chat Completions -----------------------------------------------------------------------------------------------


def test_chat_hides_the_calls_and_answers(tmp_path: Path, weather: str) -> None:
    first = THOUGHT + PREAMBLE + call("get_weather", city="Berlin")
    with talking(tmp_path, weather, first, THOUGHT + call("fail", reason="no"), ANSWER) as live:
        whole = chat(live).raise_for_status().json()
        chunks = chunks_of(chat(live, stream=True, stream_options={"include_usage": True}))
        parsed = live.openai().chat.completions.create(model=NAMES[0], messages=USER, tools=[MCP])  # type: ignore[call-overload]
    message = whole["choices"][0]["message"]
    assert whole["choices"][0]["finish_reason"] == "stop"
    assert message["content"] == "I will look.\n\nIt rains."
    assert message["reasoning"] == "Let me think." * 3
    assert "tool_calls" not in message
    done, failed = message["executed_tools"]
    assert done == {
        "index": 0,
        "type": "mcp",
        "server_label": "weather",
        "name": "get_weather",
        "arguments": '{"city": "Berlin"}',
        "output": "rain in Berlin",
        "error": None,
    }
    assert failed["error"]["type"] == "mcp_tool_execution_error"
    assert fold_chat(chunks) == as_folded(whole)
    assert parsed.choices[0].message.content == message["content"]


def test_chat_leaves_the_clients_calls_to_the_client(tmp_path: Path, weather: str) -> None:
    both = f"{THOUGHT}{call('get_weather', city='Berlin')}<|start|>assistant{CALL.replace('get_weather', 'get_time')}"
    tool = {"type": "function", "function": {"name": "get_time"}}
    with talking(tmp_path, weather, both) as live:
        choice = chat(live, tools=[tool, MCP]).raise_for_status().json()["choices"][0]
        chunks = chunks_of(chat(live, tools=[tool, MCP], stream=True))
    assert choice["finish_reason"] == "tool_calls"
    (theirs,) = choice["message"]["tool_calls"]
    assert theirs["function"]["name"] == "get_time"
    assert len(choice["message"]["executed_tools"]) == 1
    indices = {call["index"] for chunk in chunks for c in chunk["choices"] for call in c["delta"].get("tool_calls", ())}
    assert indices == {0}


def test_chat_when_the_operator_wants_it(tmp_path: Path, weather: str) -> None:
    texts = (THOUGHT + call("get_weather", city="Berlin"), ANSWER)
    with talking(tmp_path / "off", weather, *texts, mcp_in_chat="off") as live:
        refused = chat(live)
        assert refused.status_code == 400
        assert "--mcp-in-chat" in refused.json()["error"]["message"]
    with talking(tmp_path / "asked", weather, ANSWER) as live:
        chat(live, tools=[]).raise_for_status()
        assert "get_weather" not in load_vocabulary().decode(prompts(live)[-1])
        assert chat(live, n=2).json()["error"]["param"] == "n"
    with talking(tmp_path / "always", weather, *texts, mcp_in_chat="always") as live:
        reply = chat(live, tools=[]).raise_for_status().json()
        assert reply["choices"][0]["message"]["executed_tools"][0]["output"] == "rain in Berlin"
        assert len(prompts(live)) == 2


def test_always_does_without_a_server_that_is_down(tmp_path: Path) -> None:
    options = {"mcp_server": ("weather=http://127.0.0.1:9/mcp",), "mcp_in_chat": "always"}
    with talking(tmp_path, "", ANSWER, **options) as live:
        assert chat(live, tools=[]).raise_for_status().json()["choices"][0]["message"]["content"] == "It rains."


@pytest.mark.parametrize("count", [5, pytest.param(60, marks=pytest.mark.slow)])
def test_random_turns_fold_to_the_whole_reply(tmp_path: Path, weather: str, count: int) -> None:
    """In both APIs, whatever the model says between its calls; and both tell the same."""
    seed = random.randrange(2**31)
    print(f"seed {seed}")
    draw = random.Random(seed)
    chat_tools = [{"type": "function", "function": {"name": "get_time"}}, MCP]
    for number in range(count):
        turns = [drawn_turn(draw) for _ in range(draw.randint(0, 3))]
        with talking(tmp_path / str(number), weather, *spaced([*turns, [ANSWER]])) as live:
            whole = post(live, tools=[FUNCTION, MCP]).raise_for_status().json()
            streamed = check_stream(events_of(post(live, tools=[FUNCTION, MCP], stream=True)))
            assert without_ids(streamed) == without_ids(whole)
            message = chat(live, tools=chat_tools).raise_for_status().json()
            chunks = chunks_of(chat(live, tools=chat_tools, stream=True, stream_options={"include_usage": True}))
        folded, expected = fold_chat(chunks), as_folded(message)
        for each in (folded, expected):
            for called in each["choices"][0]["calls"].values():
                called.pop("id")
        assert folded == expected
        executed = folded["choices"][0]["executed"]
        calls = [item for item in whole["output"] if item["type"] == "mcp_call"]
        assert [(tool["name"], tool["output"]) for tool in executed] == [(c["name"], c["output"]) for c in calls]
        assert message["usage"]["completion_tokens"] == whole["usage"]["output_tokens"]


def drawn_turn(draw: random.Random) -> list[str]:
    """The messages of a turn with calls."""
    parts = [THOUGHT.removesuffix("<|start|>assistant")] * (draw.random() < 0.6)
    parts += [PREAMBLE.removesuffix("<|start|>assistant")] * (draw.random() < 0.4)
    made = [call("get_weather", city="Bonn"), call("fail", reason="no"), call("get_weather", town=1)]
    for _ in range(draw.choice([1, 1, 2, 3])):
        parts.append(draw.choice(made) if draw.random() < 0.9 else call("get_time"))
    return parts


def spaced(turns: list[list[str]]) -> list[str]:
    """Texts for Plays, which takes the one whose number is that of the calls before it."""
    texts: list[str] = []
    for parts in turns:
        texts.append("<|start|>assistant".join(parts))
        texts += [""] * (sum(part.endswith("<|call|>") for part in parts) - 1)
    return texts


def test_from_the_command_line_through_the_real_engine(tmp_path: Path, weather: str) -> None:
    """The grammar binds the arguments, and the prefix cache finds all that the model saw and wrote."""
    turn = f"<|channel|>analysis<|message|>{'I have to think. ' * 30}<|end|><|start|>assistant"
    rules = [
        {"match": "rain in Berlin", "completion": ANSWER},
        {"completion": turn + call("get_weather", city="Berlin", more="x")},
    ]
    options = ["--mcp-server", f"weather={weather}", f"again={weather}", "--mcp-token", "again=secret"]
    options += ["--mcp-max-rounds", "1"]
    with serving_script(tmp_path, {"rules": rules}, *options) as server:
        reply = httpx.post(f"{server.url}/v1/responses", json={"input": "Weather?", "tools": [MCP]}, timeout=60).json()
        assert reply["output"][-1]["content"][0]["text"] == "It rains."
        (made,) = [item for item in reply["output"] if item["type"] == "mcp_call"]
        assert (made["status"], made["output"]) == ("completed", "rain in Berlin")
        assert json.loads(made["arguments"])["city"] == "Berlin"
        usage = reply["usage"]
        assert usage["input_tokens_details"]["cached_tokens"] > 0.9 * usage["input_tokens"] / 2
        whoami = {**MCP, "server_label": "again", "allowed_tools": ["whoami"]}
        reply = httpx.post(
            f"{server.url}/v1/responses",
            json={"input": "Who?", "tools": [whoami], "tool_choice": "required", "max_output_tokens": 2000},
            timeout=60,
        ).json()
        (made, *_) = [item for item in reply["output"] if item["type"] == "mcp_call"]
        assert made["output"] == "Bearer secret"
        assert "secret" not in server.log.read_text()
        assert weather not in server.log.read_text()


# ---- the rest -------------------------------------------------------------------------------------------------------


def test_what_one_key_made_is_not_put_back_for_another(tmp_path: Path, weather: str) -> None:
    """In no turn of a reply: the other client says the same conversation, without the reasoning."""
    thoughtful = [THOUGHT + call("get_weather", city=city) for city in ("Berlin", "Bonn")]
    history: list[Any] = list(USER)
    for city in ("Berlin", "Bonn"):
        function = {"name": "get_weather", "arguments": json.dumps({"city": city})}
        history.append({"role": "assistant", "tool_calls": [{"function": function}]})
        history.append({"role": "tool", "content": f"rain in {city}"})
    keys = ("first", "second")
    texts = [*thoughtful, call("get_weather", city="Trier"), ANSWER]
    with talking(tmp_path, weather, *texts, api_key=keys) as live, live.http() as client:
        for key, messages in zip(keys, (USER, history), strict=True):
            body = {"messages": messages, "tools": [MCP]}
            headers = {"authorization": f"Bearer {key}"}
            client.post("/v1/chat/completions", json=body, headers=headers).raise_for_status()
        seen = [load_vocabulary().decode(prompt) for prompt in prompts(live)]
    assert ["Let me think." in prompt for prompt in seen] == [False, True, True, True, False, False]


def test_truncation_holds_for_every_turn(tmp_path: Path, weather: str) -> None:
    with talking(tmp_path, weather, call("get_weather", city="Berlin"), ANSWER) as live:
        engine: Any = live.service.engine
        engine.ready = ScriptedEngine(says("x"), max_model_len=700).ready
        messages = [{"role": "user", "content": f"{number}: " + "word " * 150} for number in range(9)]
        assert post(live, input=messages).json()["error"]["code"] == "context_length_exceeded"
        reply = post(live, input=messages, truncation="auto").raise_for_status().json()
        assert reply["output"][-1]["content"][0]["text"] == "It rains."
        first, second = map(load_vocabulary().decode, prompts(live))
        assert first.count("<|start|>user") >= second.count("<|start|>user") > 0
        assert "rain in Berlin" in second


def test_calls_are_counted_by_server_and_outcome(tmp_path: Path, weather: str) -> None:
    with talking(tmp_path, weather, call("get_weather", city="x"), call("fail", reason="no"), ANSWER) as live:
        post(live).raise_for_status()
        metrics = live.metrics()
    assert metrics['harmonium_mcp_calls_total{outcome="success",server="weather"}'] == 1
    assert metrics['harmonium_mcp_calls_total{outcome="error",server="weather"}'] == 1


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"mcp_server": ("http://x/mcp",)}, "LABEL=URL"),
        ({"mcp_server": ("a=ftp://x",)}, "http or https"),
        ({"mcp_server": ("a=http://x", "a=http://y")}, "twice"),
        ({"mcp_server": ("a b=http://x",)}, "no label"),
        ({"mcp_server": ("a=http://x",), "mcp_token": ("b=secret",)}, "no --mcp-server called 'b'"),
        ({"mcp_token": ("secret",)}, "LABEL=TOKEN"),
        ({"mcp_timeout": 0}, "mcp-timeout"),
        ({"mcp_max_rounds": 0}, "mcp-max-rounds"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint) as raised:
        MCPServers(ServerConfig(**options))
    assert "secret" not in raised.value.message


def test_without_the_package_the_server_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"harmonium\[mcp\]"):
        MCPServers(ServerConfig(mcp_server=("a=http://x",)))
    MCPServers(ServerConfig())


def test_credentials_are_not_shown() -> None:
    servers = MCPServers(ServerConfig(mcp_server=("a=http://x",), mcp_token=("a=secret",)))
    assert "secret" not in repr(servers.own)
