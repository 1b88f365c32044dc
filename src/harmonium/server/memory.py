"""Token-exact memory of turns: what the model wrote before its calls, put back as it was.

Clients send the conversation back with every tool's result, and many leave the reasoning out; some even leave out the
names and ids of the calls. gpt-oss then no longer knows why it called anything, and no prefix of the prompt is found
in the cache. So the tokens of every turn that ended in calls are kept for a while, and a conversation that shows such
a turn gets them back: the prompt is then what the model has seen and written, and the results.

How a turn is found: by the id of one of its calls; or else by all that the client says before it (roles, texts, names
and arguments; no reasoning, no ids), the turn that was found at this place before, or the newest one. It must then
agree with what the client says of it: equal calls (arguments as JSON values), equal text and equal reasoning, each
where the client says any. An edited turn is rendered as the client has it.

What is put back: everything, where no final answer follows. Turns before the last final answer come back without their
analysis, as harmony's history has it.
"""

from __future__ import annotations

import json
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import pairwise
from threading import Lock
from typing import Final

import msgspec

from harmonium.harmony.grammar import turn_length
from harmonium.harmony.parse import parse_messages
from harmonium.harmony.tools import ToolNames
from harmonium.harmony.types import Conversation, Message
from harmonium.vocabulary import START, Vocabulary

TURN_BYTES: Final = 1024
"""What a turn costs beside its tokens and keys."""

KEY_BYTES: Final = 200

MOST_KEYS: Final = 64
"""Keys of one turn: its place, its calls, and the conversations without ids in which it was found."""

MOST_LOOKED_AT: Final = 16
"""Turns at one place that are compared with what the client says, newest first."""


class Place(msgspec.Struct, frozen=True):
    """Where in whose conversations a turn stands: `digest` is of all that the client said before it."""

    scope: str
    digest: bytes


class Written(msgspec.Struct):
    """A completion as it grows: where it stands, the names of its tools, the id of the reply, its tokens, and how
    many calls of the reply came before it."""

    place: Place
    names: ToolNames
    reply: str
    tokens: list[int] = []
    first_call: int = 0


class Recalled(msgspec.Struct, frozen=True):
    """A conversation with turns put back, and the place of the turn that is to follow it. `hits` and `misses` count
    the turns since the last final answer that ended in calls."""

    conversation: Conversation
    place: Place
    hits: int = 0
    misses: int = 0


class TurnMemory:
    """What completions with calls consisted of; of at most `capacity` bytes, each for `seconds` since its last use.

    For every request of a chat-like API:

        recalled = memory.recall(conversation, scope, now)     # before rendering: use recalled.conversation
        …                                                      # the model's turn; where it ends in calls:
        memory.remember(recalled.place, tokens, names, [id of each call], now)

    `scope` keeps clients apart (whose API key, which cache salt): nothing is ever found under another one. `now` is in
    seconds on any clock that does not go back. Messages of the conversation carry the client's ids in `call_id`; an
    API's own prefix of its ids does not count. May be used from several threads.
    """

    def __init__(self, vocabulary: Vocabulary, *, capacity: int, seconds: float) -> None:
        self._vocabulary = vocabulary
        self._capacity = capacity
        self._seconds = seconds
        self._lock = Lock()
        self._turns: OrderedDict[_Turn, float] = OrderedDict()
        self._found: dict[bytes, list[_Turn]] = {}
        self.size = 0

    def __len__(self) -> int:
        return len(self._turns)

    def remember(self, place: Place, tokens: Sequence[int], names: ToolNames, ids: Sequence[str], now: float) -> None:
        """Keep a completion that ended in calls. `tokens`: as sampled, from after `<|start|>assistant` on; `names`:
        those of its request; `ids`: what the client knows its calls by, in order. It must be well formed."""
        own = [_own(each) for each in ids]
        keys = [_key(place.scope, "after", place.digest), *(_key(place.scope, "id", each.encode()) for each in own)]
        turn = _Turn(array("I", tokens[: turn_length(tokens)]), names, own, keys)
        with self._lock:
            self._expire(now)
            if turn.size > self._capacity:
                return
            self._turns[turn] = now
            self.size += turn.size
            for key in keys:
                self._found.setdefault(key, []).append(turn)
            self._shrink()

    def recall(self, conversation: Conversation, scope: str, now: float) -> Recalled:
        """The conversation with the turns that are remembered in it."""
        messages = conversation.messages
        runs = list(_runs(messages))
        final = max((at for at, run in enumerate(runs) if run.is_final), default=-1)
        digest = sha256(conversation.instructions.encode(errors="surrogatepass")).digest()
        made: list[Message] = []
        hits = misses = 0
        with self._lock:
            self._expire(now)
            for at, run in enumerate(runs):
                after = _chain(digest, run)
                if not run.is_calling:
                    made += run.messages
                    made += run.results
                    digest = after
                    continue
                written = self._find(scope, digest, after, run, now)
                if written is None:
                    made += run.messages
                    made += run.results
                else:
                    made += [each for each in written if at > final or each.channel != "analysis"]
                    made += _named(run.results, [each for each in written if each.recipient])
                if at > final:
                    hits += written is not None
                    misses += written is None
                digest = after
        return Recalled(msgspec.structs.replace(conversation, messages=tuple(made)), Place(scope, digest), hits, misses)

    def _find(self, scope: str, before: bytes, after: bytes, run: _Run, now: float) -> list[Message] | None:
        """What was written where a run stands, if it is remembered and agrees with what the client says of it."""
        ids = [_own(each.call_id) for each in (*run.calls, *run.results) if each.call_id]
        again = _key(scope, "again", after)
        place = _key(scope, "after", before)
        for key in dict.fromkeys([*(_key(scope, "id", each.encode()) for each in ids), again, place]):
            for turn in reversed(self._found.get(key, [])[-MOST_LOOKED_AT:]):
                written = turn.messages(self._vocabulary)
                if _agree(run, _Run(written, ())):
                    self._turns[turn] = now
                    self._turns.move_to_end(turn)
                    if key == place and len(turn.keys) < MOST_KEYS:
                        self._also(turn, again)
                    return written
        return None

    def _also(self, turn: _Turn, key: bytes) -> None:
        """Find the turn by one more key: with these results, the conversation is its own, whatever newer turn comes to
        stand at the same place."""
        self.size -= turn.size
        turn.keys.append(key)
        self.size += turn.size
        self._found.setdefault(key, []).append(turn)
        self._shrink()

    def _expire(self, now: float) -> None:
        while self._turns and next(iter(self._turns.values())) < now - self._seconds:
            self._forget()

    def _shrink(self) -> None:
        while self.size > self._capacity:
            self._forget()

    def _forget(self) -> None:
        """Let go of the turn that was not used for the longest time."""
        turn, _ = self._turns.popitem(last=False)
        self.size -= turn.size
        for key in turn.keys:
            self._found[key].remove(turn)
            if not self._found[key]:
                del self._found[key]


class _Turn:
    """One completion. What it says is read when it is first asked for."""

    def __init__(self, tokens: array[int], names: ToolNames, ids: Sequence[str], keys: list[bytes]) -> None:
        self.tokens = tokens
        self.names = names
        self.ids = ids
        self.keys = keys

    @property
    def size(self) -> int:
        return TURN_BYTES + len(self.tokens) * self.tokens.itemsize + len(self.keys) * KEY_BYTES

    def messages(self, vocabulary: Vocabulary) -> list[Message]:
        return written_messages(self.tokens, self.names, self.ids, vocabulary)


def written_messages(
    tokens: Sequence[int], names: ToolNames, ids: Sequence[str], vocabulary: Vocabulary
) -> list[Message]:
    """A well-formed completion as messages, each with its tokens; calls with their ids. A call is on the commentary
    channel, wherever the model put it: only analysis proper is dropped from history."""
    tokens = tokens[: turn_length(tokens)]
    left = iter(ids)
    starts = [0, *(at for at, token in enumerate(tokens) if token == START), len(tokens)]
    messages = []
    for start, end in pairwise(starts):
        piece = list(tokens[start:end])
        if start == 0:
            piece = [START, *vocabulary.encode("assistant"), *piece]
        (message,) = parse_messages(piece, vocabulary, names, in_header=False)
        if message.recipient:
            message = msgspec.structs.replace(message, channel="commentary", call_id=next(left, None))
        messages.append(msgspec.structs.replace(message, tokens=tuple(piece)))
    return messages


class _Run:
    """Consecutive messages of the assistant, and the results right behind them; or one message of someone else."""

    def __init__(self, messages: Sequence[Message], results: Sequence[Message]) -> None:
        self.messages = messages
        self.results = results
        self.by_assistant = bool(messages) and messages[0].role == "assistant"
        self.calls = [each for each in messages if each.role == "assistant" and each.recipient]
        said = [each for each in messages if each.role == "assistant" and not each.recipient]
        self.reasoning = "".join(each.content for each in said if each.channel == "analysis").strip()
        self.text = "".join(each.content for each in said if each.channel != "analysis").strip()

    @property
    def is_calling(self) -> bool:
        return bool(self.calls) or (self.by_assistant and bool(self.results))

    @property
    def is_final(self) -> bool:
        return not self.is_calling and any(each.channel == "final" for each in self.messages)


def _runs(messages: Sequence[Message]) -> Iterable[_Run]:
    at = 0
    while at < len(messages):
        start = at
        while at < len(messages) and messages[at].role == "assistant":
            at += 1
        at = max(at, start + 1)
        end = at
        while messages[start].role == "assistant" and end < len(messages) and messages[end].role == "tool":
            end += 1
        yield _Run(messages[start:at], messages[at:end])
        at = end


def _agree(run: _Run, written: _Run) -> bool:
    """Whether all that the client says of a turn is so."""
    if run.reasoning and run.reasoning != written.reasoning:
        return False
    if run.text and run.text != written.text:
        return False
    if run.calls:
        return len(run.calls) == len(written.calls) and all(map(_same, run.calls, written.calls))
    return len(run.results) <= len(written.calls)


def _same(said: Message, written: Message) -> bool:
    """Whether a client means this call. Of a call that has the right id it need not know the arguments: they are empty
    where a client sent something else in their place."""
    if said.call_id and written.call_id == _own(said.call_id) and said.content == "{}":
        return said.recipient == written.recipient
    return _said(said) == _said(written)


def _named(results: Sequence[Message], calls: Sequence[Message]) -> list[Message]:
    """The results under the names of the calls that they answer: by their ids, or by their names, or in order."""
    left = list(calls)
    made = []
    for result in results:
        by_id = [call for call in left if result.call_id and call.call_id == _own(result.call_id)]
        by_name = [call for call in left if call.recipient == result.name]
        if by_id or by_name or (left and not result.call_id):
            call = (by_id or by_name or left)[0]
            left.remove(call)
            result = msgspec.structs.replace(result, name=call.recipient)
        made.append(result)
    return made


def _said(call: Message) -> tuple[str | None, str]:
    return call.recipient, _value(call.content)


def _value(arguments: str) -> str:
    """Equal for arguments that are equal JSON values; what is no JSON stays as it is."""
    try:
        return json.dumps(json.loads(arguments), sort_keys=True)
    except (ValueError, RecursionError):
        return arguments


def _chain(digest: bytes, run: _Run) -> bytes:
    """The digest of a conversation that goes on with a run."""
    said: list[object] = [digest]
    if run.by_assistant:
        said += ["assistant", run.text, [_said(call) for call in run.calls]]
    else:
        said += [[each.role, each.content, each.name] for each in run.messages]
    said += [[each.role, each.content, each.name] for each in run.results]
    return sha256(json.dumps(said, default=bytes.hex).encode()).digest()


def _key(scope: str, kind: str, rest: bytes) -> bytes:
    return sha256(b"\0".join([scope.encode(errors="surrogatepass"), kind.encode(), rest])).digest()


def _own(identifier: str) -> str:
    """An id without the prefix that says what it is the id of."""
    return identifier.rpartition("_")[2].encode(errors="replace").decode()


def call_id(identifier: str, choice: int, call: int, prefix: str = "call_") -> str:
    """The id of a call, out of that of the reply, which is random, and where in the reply it is."""
    return prefix + sha256(f"{identifier}-{choice}-{call}".encode()).hexdigest()[:24]
