"""A client's own way of adding up a stream, written apart from the server's."""

from __future__ import annotations

from typing import Any


def fold_chat(chunks: list[Any]) -> dict[str, Any]:
    """What a non-streaming reply has, from the events of a stream, whose contract is checked chunk by chunk."""
    choices: dict[int, dict[str, Any]] = {}
    usage = None
    for chunk in chunks:
        assert chunk["object"] == "chat.completion.chunk"
        assert chunk["id"] == chunks[0]["id"]
        if not chunk["choices"]:
            assert chunk is chunks[-1], "the chunk without choices is the last one"
            usage = chunk["usage"]
            continue
        (part,) = chunk["choices"]
        delta = dict(part["delta"])
        assert None not in delta.values(), "no null fillers"
        choice = choices.get(part["index"])
        role = delta.pop("role", None)
        assert (role == "assistant") == (choice is None), "the role comes once, in the first chunk"
        if choice is None:
            choice = {"content": "", "reasoning": "", "calls": {}, "logprobs": [], "token_ids": [], "finish": None}
            choice["executed"] = []
            choices[part["index"]] = choice
        assert choice["finish"] is None, "nothing comes after finish_reason"
        kinds = set(delta)
        assert kinds in ({"content"}, {"reasoning_content", "reasoning"}, {"tool_calls"}, {"executed_tools"}, set()), (
            "one kind per chunk"
        )
        assert bool(kinds) == (part["finish_reason"] is None), "finish_reason stands alone"
        choice["finish"] = part["finish_reason"]
        choice["content"] += delta.get("content", "")
        choice["executed"] += delta.get("executed_tools", [])
        choice["reasoning"] += delta.get("reasoning", "")
        assert delta.get("reasoning") == delta.get("reasoning_content")
        for call in delta.get("tool_calls", ()):
            known = choice["calls"]
            if call["index"] not in known:
                assert call["index"] == len(known)
                assert call["type"] == "function"
                assert call["function"]["arguments"] == ""
                known[call["index"]] = {"id": call["id"], "name": call["function"]["name"], "arguments": ""}
            else:
                assert set(call) == {"index", "function"}
                assert set(call["function"]) == {"arguments"}
                assert call["function"]["arguments"]
                known[call["index"]]["arguments"] += call["function"]["arguments"]
        if part["logprobs"] is not None:
            choice["logprobs"] += part["logprobs"]["content"]
        choice["token_ids"] += part.get("token_ids", [])
    assert all(choice["finish"] for choice in choices.values())
    return {"choices": [choices[index] for index in sorted(choices)], "usage": usage}


def as_folded(reply: dict[str, Any]) -> dict[str, Any]:
    """A non-streaming reply in the same shape."""
    choices = []
    for choice in reply["choices"]:
        message = choice["message"]
        calls = [
            {"id": call["id"], "name": call["function"]["name"], "arguments": call["function"]["arguments"]}
            for call in message.get("tool_calls", ())
        ]
        assert message.get("reasoning") == message.get("reasoning_content")
        assert message["content"] is not None or calls
        choices.append(
            {
                "content": message["content"] or "",
                "reasoning": message.get("reasoning", ""),
                "calls": dict(enumerate(calls)),
                "logprobs": choice["logprobs"]["content"] if choice["logprobs"] else [],
                "token_ids": choice.get("token_ids", []),
                "finish": choice["finish_reason"],
                "executed": message.get("executed_tools", []),
            }
        )
    return {"choices": choices, "usage": reply["usage"]}


def without_ids(folded: dict[str, Any]) -> dict[str, Any]:
    """Without what is random by design."""
    for choice in folded["choices"]:
        for call in choice["calls"].values():
            assert call.pop("id").startswith("call_")
    return folded
