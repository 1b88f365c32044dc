"""What a stream of the Responses API must look like, checked event by event, and what it adds up to."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx

KEYS = {
    *("id", "object", "created_at", "completed_at", "status", "background", "error", "incomplete_details"),
    *("instructions", "max_output_tokens", "max_tool_calls", "model", "output", "parallel_tool_calls"),
    *("previous_response_id", "conversation", "prompt", "prompt_cache_key", "reasoning", "safety_identifier"),
    *("service_tier", "store", "temperature", "presence_penalty", "frequency_penalty", "text", "tool_choice", "tools"),
    *("top_logprobs", "top_p", "truncation", "usage", "user", "metadata"),
}
TERMINAL = {
    "response.completed": ("completed",),
    "response.incomplete": ("incomplete", "cancelled"),
    "response.failed": ("failed",),
}
PREFIXES = {
    "message": "msg_",
    "reasoning": "rs_",
    "function_call": "fc_",
    "mcp_list_tools": "mcpl_",
    "mcp_call": "mcp_",
}


def events_of(reply: httpx.Response) -> list[dict[str, Any]]:
    """The events of a streamed reply; each is named in its own line as in its data."""
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"].startswith("text/event-stream")
    events = []
    for block in reply.text.split("\n\n")[:-1]:
        if block.startswith(":"):
            continue
        name, data = block.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        events.append(event)
    assert reply.text.endswith("\n\n") or not events
    return events


def check_stream(events: list[dict[str, Any]], *, background: bool = False) -> dict[str, Any]:
    """The response that the stream ends with; everything before must lead to it."""
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    first = ["response.created", *(["response.queued"] if background else []), "response.in_progress"]
    assert [event["type"] for event in events[: len(first)]] == first
    for event in events[: len(first)]:
        running = not background or event["type"] == "response.in_progress"
        assert event["response"]["status"] == ("in_progress" if running else "queued")
        assert event["response"]["output"] == []
        assert event["response"]["usage"] is None
        assert set(event["response"]) == KEYS
    last = events[-1]
    response: dict[str, Any] = last["response"]
    assert set(response) == KEYS
    assert response["status"] in TERMINAL[last["type"]]
    assert response["id"] == events[0]["response"]["id"]
    middle = events[len(first) : -1]
    if last["type"] == "response.failed":
        assert middle.pop()["type"] == "error"
    items = _Items()
    for event in middle:
        items.take(dict(event))
    assert items.open is None, "the last item is closed"
    assert response["output"] == items.done
    identifiers = [item["id"] for item in items.done]
    assert len(set(identifiers)) == len(identifiers)
    finished = ("completed", "failed")
    unfinished = [item["status"] for item in items.done if item.get("status", "completed") not in finished]
    if response["status"] == "completed":
        assert unfinished == []
        assert response["completed_at"] >= response["created_at"]
    else:
        assert unfinished == ["incomplete"] * len(unfinished)
        assert len(unfinished) <= 1, "only the last item can be cut off"
        assert response["completed_at"] is None
    assert (response["error"] is None) == (response["status"] != "failed")
    assert (response["incomplete_details"] is None) == (response["status"] != "incomplete")
    return response


class _Items:
    """One item is open at a time, in it one part, or a summary part and within that a content part."""

    def __init__(self) -> None:
        self.done: list[dict[str, Any]] = []
        self.open: dict[str, Any] | None = None
        self.parts: list[str] = []
        self.texts: dict[str, str] = {}
        self.logprobs: list[Any] = []
        self.steps: list[str] = []

    def take(self, event: dict[str, Any]) -> None:
        """Uses the event up."""
        kind = event.pop("type").removeprefix("response.")
        event.pop("sequence_number")
        assert event.pop("output_index") == len(self.done)
        if kind == "output_item.added":
            self.begin(**event)
            return
        assert self.open is not None, f"{kind} outside of an item"
        if kind == "output_item.done":
            self.end(**event)
            return
        assert event.pop("item_id") == self.open["id"]
        index = event.pop("summary_index" if "summary" in kind else "content_index", 0)
        assert index == 0
        what, _, act = kind.rpartition(".")
        match act, what:
            case "added", ("content_part" | "reasoning_summary_part"):
                assert event["part"]["text"] == ""
                name = event["part"]["type"]
                assert name not in self.texts, "parts begin once"
                self.parts.append(name)
                self.texts[name] = ""
            case "delta", _:
                name = self.name(what)
                assert name in self.parts, f"{kind} outside of its part"
                assert event["delta"] or event.get("logprobs"), "no empty deltas"
                self.texts[name] += event["delta"]
                self.logprobs += event.get("logprobs", [])
            case "done", ("content_part" | "reasoning_summary_part"):
                part = event["part"]
                assert self.parts.pop() == part["type"], "the part that began last ends first"
                assert part["text"] == self.texts[part["type"]]
                assert part.get("logprobs", self.logprobs) == self.logprobs
            case "in_progress", ("mcp_call" | "mcp_list_tools"):
                assert self.open["type"] == what
                assert event == {}
                assert self.steps == []
                self.steps.append(act)
            case (("completed" | "failed"), ("mcp_call" | "mcp_list_tools")):
                assert event == {}
                assert self.steps == ["in_progress"]
                assert self.parts == [], "the arguments are complete"
                self.steps.append(act)
            case "done", "mcp_call_arguments":
                assert event == {"arguments": self.texts["arguments"]}
                assert self.parts.pop() == "arguments"
            case "done", "function_call_arguments":
                assert event == {"name": self.open["name"], "arguments": self.texts["arguments"]}
                assert self.parts.pop() == "arguments"
            case "done", _:
                assert event["text"] == self.texts[self.name(what)]
                assert event.get("logprobs", self.logprobs) == self.logprobs
            case _:
                raise AssertionError(kind)

    @staticmethod
    def name(what: str) -> str:
        return {
            "output_text": "output_text",
            "reasoning_text": "reasoning_text",
            "reasoning_summary_text": "summary_text",
            "function_call_arguments": "arguments",
            "mcp_call_arguments": "arguments",
        }[what]

    def begin(self, item: dict[str, Any]) -> None:
        assert self.open is None, "items do not overlap"
        assert item.get("status", "in_progress") == "in_progress"
        assert re.fullmatch(PREFIXES[item["type"]] + "[0-9a-f]{24}", item["id"])
        self.open, self.parts, self.texts, self.logprobs, self.steps = item, [], {}, [], []
        match item["type"]:
            case "message":
                assert item["content"] == []
                assert item["role"] == "assistant"
            case "reasoning":
                assert item["content"] == item["summary"] == []
            case "function_call":
                assert item["arguments"] == ""
                assert re.fullmatch("call_[0-9a-z_]{24,}", item["call_id"])
                self.parts, self.texts = ["arguments"], {"arguments": ""}
            case "mcp_list_tools":
                assert item["tools"] == []
            case "mcp_call":
                assert (item["arguments"], item["output"], item["error"]) == ("", None, None)
                self.parts, self.texts = ["arguments"], {"arguments": ""}

    def end(self, item: dict[str, Any]) -> None:
        assert self.open is not None
        assert self.parts == [], "every part is closed"
        expected = dict(self.open)
        match item["type"]:
            case "message":
                part = {"type": "output_text", "text": self.texts["output_text"], "annotations": []}
                expected["content"] = [{**part, "logprobs": self.logprobs}]
            case "reasoning":
                assert self.texts["reasoning_text"] != ""
                assert self.texts.get("summary_text", self.texts["reasoning_text"]) == self.texts["reasoning_text"]
                expected["content"] = [{"type": "reasoning_text", "text": self.texts["reasoning_text"]}]
                if "summary_text" in self.texts:
                    expected["summary"] = [{"type": "summary_text", "text": self.texts["summary_text"]}]
            case "function_call":
                expected["arguments"] = self.texts["arguments"]
            case "mcp_list_tools":
                assert self.steps == ["in_progress", "completed"]
                expected["tools"] = item["tools"]
            case "mcp_call":
                expected |= {"arguments": self.texts["arguments"], "output": item["output"], "error": item["error"]}
                last = {"completed": ["completed"], "failed": ["failed"], "incomplete": []}[item["status"]]
                assert self.steps == ["in_progress", *last]
                assert (item["error"] is not None) == (item["status"] == "failed")
                assert (item["output"] is None) == (item["status"] == "incomplete")
        assert item == ({**expected, "status": item["status"]} if "status" in item else expected)
        self.open = None
        self.done.append(item)


def without_ids(response: dict[str, Any]) -> dict[str, Any]:
    """Without what is random, or the time."""
    output = [
        {key: value for key, value in item.items() if key not in ("id", "call_id")} for item in response["output"]
    ]
    kept = {key: value for key, value in response.items() if key not in ("id", "created_at", "completed_at")}
    return {**kept, "output": output}
