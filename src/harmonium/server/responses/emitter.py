"""Updates as the events of one response. The reply without streaming is the response of the last event."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from harmonium.errors import HarmoniumError
from harmonium.harmony.types import CallArguments, CallEnd, CallStart, Reasoning, Text
from harmonium.server.answer import Ran, Update
from harmonium.server.builtin import NO_BUILTINS, Builtin, Builtins, Listing
from harmonium.server.chat import ChatLogprob, to_logprobs
from harmonium.server.memory import call_id
from harmonium.server.responses import wire
from harmonium.server.responses.wire import AnyEvent, ItemStatus, OutputItem, Phase, Response
from harmonium.vocabulary import Vocabulary

E = TypeVar("E", bound=wire.Event)

Put = Callable[..., None]
"""Numbers an event, given as its class and fields, and sends it."""

PHASES: dict[str, Phase] = {"commentary": "commentary", "final": "final_answer"}


class _Open(Protocol):
    """The item that is being written. `text` is all of it so far."""

    text: str

    def close(self, put: Put, status: ItemStatus) -> OutputItem: ...


class _OpenReasoning:
    """Summary and content carry the same text, side by side; the content closes before the summary that began first.
    Without `summarized` there is no summary."""

    def __init__(self, put: Put, identifier: str, place: int, summarized: bool) -> None:
        self.text = ""
        self._summarized = summarized
        self._at: dict[str, Any] = {"item_id": identifier, "output_index": place}
        item = wire.ReasoningItem(id=identifier, status="in_progress", summary=[], content=[])
        put(wire.ItemAdded, output_index=place, item=item)
        if summarized:
            put(wire.SummaryAdded, **self._at, part=wire.SummaryText(""))
        put(wire.PartAdded, **self._at, part=wire.ReasoningText(""))

    def add(self, put: Put, delta: str) -> None:
        self.text += delta
        if self._summarized:
            put(wire.SummaryDelta, **self._at, delta=delta)
        put(wire.ReasoningDelta, **self._at, delta=delta)

    def close(self, put: Put, status: ItemStatus) -> OutputItem:
        content = wire.ReasoningText(self.text)
        summary = [wire.SummaryText(self.text)] if self._summarized else []
        put(wire.ReasoningDone, **self._at, text=self.text)
        put(wire.PartDone, **self._at, part=content)
        for part in summary:
            put(wire.SummaryTextDone, **self._at, text=self.text)
            put(wire.SummaryDone, **self._at, part=part)
        return wire.ReasoningItem(id=self._at["item_id"], status=status, summary=summary, content=[content])


class _OpenMessage:
    def __init__(self, put: Put, identifier: str, place: int, channel: str) -> None:
        self.text = ""
        self.channel = channel
        self._logprobs: list[ChatLogprob] = []
        self._at: dict[str, Any] = {"item_id": identifier, "output_index": place}
        put(wire.ItemAdded, output_index=place, item=self._item([], "in_progress"))
        put(wire.PartAdded, **self._at, part=wire.OutputText(""))

    def add(self, put: Put, delta: str, logprobs: list[ChatLogprob]) -> None:
        self.text += delta
        self._logprobs += logprobs
        put(wire.OutputTextDelta, **self._at, delta=delta, logprobs=logprobs)

    def close(self, put: Put, status: ItemStatus) -> OutputItem:
        part = wire.OutputText(self.text, logprobs=self._logprobs)
        put(wire.OutputTextDone, **self._at, text=self.text, logprobs=self._logprobs)
        put(wire.PartDone, **self._at, part=part)
        return self._item([part], status)

    def _item(self, content: list[wire.InputText | wire.OutputText], status: ItemStatus) -> wire.MessageItem:
        return wire.MessageItem(
            id=self._at["item_id"], role="assistant", status=status, content=content, phase=PHASES[self.channel]
        )


class _OpenCall:
    def __init__(self, put: Put, item: wire.FunctionCallItem, place: int) -> None:
        self.text = ""
        self._item = item
        self._place = place
        put(wire.ItemAdded, output_index=place, item=item)

    def add(self, put: Put, delta: str) -> None:
        self.text += delta
        put(wire.ArgumentsDelta, item_id=self._item.id, output_index=self._place, delta=delta)

    def close(self, put: Put, status: ItemStatus) -> OutputItem:
        item = msgspec.structs.replace(self._item, arguments=self.text, status=status)
        put(wire.ArgumentsDone, item_id=item.id, output_index=self._place, name=item.name, arguments=item.arguments)
        return item


class _OpenMCPCall:
    """Stays open until its result is there."""

    def __init__(self, put: Put, item: wire.MCPCallItem, place: int) -> None:
        self.text = ""
        self._item = item
        self._at: dict[str, Any] = {"item_id": item.id, "output_index": place}
        self._written = False
        put(wire.ItemAdded, output_index=place, item=item)
        put(wire.MCPCallInProgress, **self._at)

    def add(self, put: Put, delta: str) -> None:
        self.text += delta
        put(wire.MCPArgumentsDelta, **self._at, delta=delta)

    def finish_arguments(self, put: Put) -> None:
        if not self._written:
            self._written = True
            put(wire.MCPArgumentsDone, **self._at, arguments=self.text)

    def end(self, put: Put, ran: Ran) -> None:
        self._item = msgspec.structs.replace(self._item, output=ran.text, error=ran.error)
        put(wire.MCPCallFailed if ran.error else wire.MCPCallCompleted, **self._at)

    def close(self, put: Put, status: ItemStatus) -> OutputItem:
        self.finish_arguments(put)
        how: wire.CallStatus = "failed" if self._item.error else status
        if self._item.output is None:
            how = "incomplete"
        return msgspec.structs.replace(self._item, arguments=self.text, status=how)


class Emitter:
    """Pure but for ids and the clock, which are given. One item is open at a time: it closes when another begins."""

    def __init__(
        self,
        response: Response,
        vocabulary: Vocabulary,
        new_id: Callable[[str], str],
        *,
        logprobs: bool = False,
        builtins: Builtins = NO_BUILTINS,
        listed: Sequence[Listing] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.response = response
        self._vocabulary = vocabulary
        self._new_id = new_id
        self._logprobs = logprobs
        self._builtins = builtins
        self._listed = listed
        self._clock = clock
        self._summarized = response.reasoning.summary != "none"
        self._count = 0
        self._open: _Open | None = None
        self._unsent: list[ChatLogprob] = []
        self._made: list[AnyEvent] = []

    def queue(self) -> list[AnyEvent]:
        """The first events of a response that is made in the background."""
        self._put(wire.Created, response=self.response)
        self._put(wire.Queued, response=self.response)
        return self._taken()

    def begin(self) -> list[AnyEvent]:
        """The events before the model's first word."""
        self._become("in_progress")
        if not self._count:
            self._put(wire.Created, response=self.response)
        self._put(wire.InProgress, response=self.response)
        for listing in self._listed:
            self._list(listing)
        return self._taken()

    def events(self, update: Update) -> list[AnyEvent]:
        if self._logprobs:
            self._unsent += to_logprobs(update.logprobs, self._vocabulary)
        last = max((at for at, each in enumerate(update.events) if isinstance(each, Text)), default=-1)
        for at, event in enumerate(update.events):
            match event:
                case Reasoning(text):
                    item = self._open
                    if not isinstance(item, _OpenReasoning):
                        self._close()
                        item = self._open = _OpenReasoning(
                            self._put, self._new_id("rs_"), self._place, self._summarized
                        )
                    item.add(self._put, text)
                case Text(text, channel):
                    message = self._open
                    if not isinstance(message, _OpenMessage) or message.channel != channel:
                        self._close()
                        message = _OpenMessage(self._put, self._new_id("msg_"), self._place, channel)
                        self._open = message
                    message.add(self._put, text, self._logprobs_of(None if at == last else text))
                case CallStart(index, name):
                    self._close()
                    builtin = self._builtins.by_name.get(name)
                    if builtin is not None:
                        self._open = _OpenMCPCall(self._put, self._call(builtin, update.choice, index), self._place)
                        continue
                    call = wire.FunctionCallItem(
                        id=self._new_id("fc_"),
                        call_id=call_id(self.response.id, update.choice, index),
                        name=name,
                        arguments="",
                        status="in_progress",
                    )
                    self._open = _OpenCall(self._put, call, self._place)
                case CallArguments(_, text):
                    assert isinstance(self._open, _OpenCall | _OpenMCPCall), (
                        "a call's arguments come before anything else begins"
                    )
                    self._open.add(self._put, text)
                case CallEnd() if isinstance(self._open, _OpenMCPCall):
                    self._open.finish_arguments(self._put)
                case CallEnd():
                    self._close()
                case Ran():
                    assert isinstance(self._open, _OpenMCPCall), "nothing begins before a call's result is there"
                    self._open.end(self._put, event)
                    self._close()
                case _:
                    pass
        if update.finish is not None:
            self._end(update)
        return self._taken()

    def fail(self, error: HarmoniumError) -> list[AnyEvent]:
        """The end of a response that could not be finished."""
        self._close("incomplete")
        code = error.code if error.code == "rate_limit_exceeded" else "server_error"
        self._become("failed", error=wire.Failure(code, error.message))
        self._put(wire.Erred, code=error.code, message=error.message, param=error.param)
        self._put(wire.Failed, response=self.response)
        return self._taken()

    def cancel(self) -> list[AnyEvent]:
        """The end of a response that its client gave up."""
        self._close("incomplete")
        self._become("cancelled")
        self._put(wire.Incompleted, response=self.response)
        return self._taken()

    def _call(self, builtin: Builtin, choice: int, index: int) -> wire.MCPCallItem:
        return wire.MCPCallItem(
            id=call_id(self.response.id, choice, index, "mcp_"),
            server_label=builtin.server.label,
            name=builtin.tool.name,
            arguments="",
            status="in_progress",
        )

    def _list(self, listing: Listing) -> None:
        tools = [
            wire.ListedMCPTool(tool.name, tool.description or None, tool.parameters, tool.annotations)
            for tool in listing.tools
        ]
        item = wire.MCPListItem(id=self._new_id("mcpl_"), server_label=listing.server.label, tools=[])
        self._put(wire.ItemAdded, output_index=self._place, item=item)
        self._put(wire.MCPListInProgress, item_id=item.id, output_index=self._place)
        self._put(wire.MCPListCompleted, item_id=item.id, output_index=self._place)
        self._finish(msgspec.structs.replace(item, tools=tools))

    @property
    def _place(self) -> int:
        return len(self.response.output)

    def _end(self, update: Update) -> None:
        usage = wire.to_response_usage(update.usage)
        if isinstance(self._open, _OpenMessage) and self._unsent:
            self._open.add(self._put, "", self._logprobs_of(None))
        if update.finish == "length":
            self._close("incomplete")
            details = wire.Incomplete("max_output_tokens")
            self._become("incomplete", usage=usage, incomplete_details=details)
            self._put(wire.Incompleted, response=self.response)
        else:
            self._close()
            self._become("completed", usage=usage, completed_at=int(self._clock()))
            self._put(wire.Completed, response=self.response)

    def _logprobs_of(self, text: str | None) -> list[ChatLogprob]:
        """Those of the tokens that make up `text`, or all that are left."""
        wanted = len(text.encode()) if text is not None else 0
        count = 0
        for each in self._unsent:
            if text is not None and wanted <= 0:
                break
            wanted -= len(each.bytes)
            count += 1
        taken, self._unsent = self._unsent[:count], self._unsent[count:]
        return taken

    def _close(self, status: ItemStatus = "completed") -> None:
        if self._open is None:
            return
        self._finish(self._open.close(self._put, status))
        self._open = None

    def _finish(self, item: OutputItem) -> None:
        self._put(wire.ItemDone, output_index=self._place, item=item)
        # A new list: earlier events still hold the old one.
        self.response = msgspec.structs.replace(self.response, output=[*self.response.output, item])

    def _become(self, status: wire.Status, **fields: Any) -> None:
        self.response = msgspec.structs.replace(self.response, status=status, **fields)

    def _put(self, kind: type[E], **fields: Any) -> None:
        event: Any = kind(sequence_number=self._count, **fields)
        self._count += 1
        self._made.append(event)

    def _taken(self) -> list[AnyEvent]:
        made, self._made = self._made, []
        return made
