"""Plain completions: text or token ids go on as they stand, with no conversation around them."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from harmonium.errors import BadRequest
from harmonium.harmony.types import Text
from harmonium.messages import SamplingParams, TokenLogprobs
from harmonium.server import limits
from harmonium.server.answer import Update, Usage
from harmonium.server.chat import UsageReply, to_usage
from harmonium.server.requests import CompletionRequest
from harmonium.server.sampling import check_streaming, to_sampling
from harmonium.vocabulary import SIZE, Vocabulary

DEFAULT_MAX_TOKENS = 16


def to_prompts(body: CompletionRequest) -> list[str | list[int]]:
    """The prompts, in order; BadRequest for what cannot be done."""
    check_streaming(body)
    if body.suffix:
        raise BadRequest("suffix is not supported: gpt-oss cannot fill in the middle.", param="suffix")
    n = body.n or 1
    if body.best_of is not None and body.best_of != n:
        raise BadRequest("best_of must equal n.", param="best_of")
    if body.max_tokens == 0 and not body.echo:
        raise BadRequest("max_tokens may be 0 only with echo.", param="max_tokens")
    given = body.prompt
    ids: list[int] = [token for token in given if isinstance(token, int)] if isinstance(given, list) else []
    prompts: list[str | list[int]] = [ids] if ids else []
    if isinstance(given, str):
        prompts = [given]
    elif not ids:
        prompts = [prompt for prompt in given if isinstance(prompt, str | list)]
    if len(prompts) * n > limits.MAX_CHOICES:
        raise BadRequest(f"Prompts times n must be at most {limits.MAX_CHOICES}.", param="n")
    for prompt in prompts:
        if not prompt:
            raise BadRequest("A prompt needs at least one token.", param="prompt")
        if not isinstance(prompt, str) and max(prompt) >= SIZE:
            raise BadRequest(f"Token ids go from 0 to {SIZE - 1}, not {max(prompt)}.", param="prompt")
    return prompts


def to_completion_sampling(body: CompletionRequest) -> SamplingParams:
    max_tokens = DEFAULT_MAX_TOKENS if body.max_tokens is None else body.max_tokens
    with_prompt = body.logprobs if body.echo else None
    if body.prompt_logprobs is not None:
        with_prompt = max(body.prompt_logprobs, with_prompt or 0)
    return to_sampling(body, max_tokens=max_tokens, logprobs=body.logprobs, prompt_logprobs=with_prompt)


# ---- the wire -------------------------------------------------------------------------------------------------------


class CompletionLogprobs(msgspec.Struct):
    """One entry per token in each list; the first token of an echoed prompt has None."""

    tokens: list[str] = []
    token_logprobs: list[float | None] = []
    top_logprobs: list[dict[str, float] | None] = []
    text_offset: list[int] = []

    def extend(self, other: CompletionLogprobs) -> None:
        self.tokens += other.tokens
        self.token_logprobs += other.token_logprobs
        self.top_logprobs += other.top_logprobs
        self.text_offset += other.text_offset


class PromptLogprob(msgspec.Struct):
    logprob: float
    rank: int | None
    decoded_token: str


class CompletionChoice(msgspec.Struct):
    index: int
    text: str
    logprobs: CompletionLogprobs | None = None
    finish_reason: str | None = None
    token_ids: list[int] | UnsetType = UNSET
    prompt_token_ids: list[int] | UnsetType = UNSET
    prompt_logprobs: list[dict[str, PromptLogprob] | None] | UnsetType = UNSET


class CompletionReply(msgspec.Struct):
    """A whole reply, and also one chunk of a stream."""

    id: str
    created: int
    model: str
    choices: list[CompletionChoice]
    object: Literal["text_completion"] = "text_completion"
    system_fingerprint: str | None = None
    usage: UsageReply | UnsetType | None = UNSET


class Prompt(msgspec.Struct, frozen=True):
    """A prompt as text and as ids."""

    text: str
    ids: list[int]


def to_prompt(given: str | list[int], vocabulary: Vocabulary) -> Prompt:
    """The names of special tokens in a text mean those tokens."""
    if isinstance(given, str):
        return Prompt(given, vocabulary.encode_with_specials(given))
    return Prompt(vocabulary.decode(given), given)


class Speller:
    """The text of tokens one by one. A token that is no whole character is spelt `bytes:\\xe6\\x9f`, so that no two
    tokens of one list look alike."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def __call__(self, token: int) -> str:
        raw = self._vocabulary.token_bytes(token)
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return "bytes:" + "".join(f"\\x{byte:02x}" for byte in raw)


class CompletionChunker:
    """Updates as chunks. Choice i continues prompt i // n; an echoed prompt comes with the first chunk of a choice."""

    def __init__(
        self,
        head: CompletionReply,
        prompts: Sequence[Prompt],
        vocabulary: Vocabulary,
        *,
        n: int = 1,
        echo: bool = False,
        logprobs: int | None = None,
        prompt_logprobs: int | None = None,
        token_ids: bool = False,
    ) -> None:
        self.head = head
        self._prompts = prompts
        self._vocabulary = vocabulary
        self._spell: Callable[[int], str] = Speller(vocabulary)
        self._n = n
        self._echo = echo
        self._logprobs = logprobs
        self._prompt_logprobs = prompt_logprobs
        self._token_ids = token_ids
        self._offsets: dict[int, _Offsets] = {}

    def chunks(self, update: Update) -> list[CompletionReply]:
        index = update.choice
        prompt = self._prompts[index // self._n]
        first = index not in self._offsets
        offsets = self._offsets.setdefault(index, _Offsets())
        text = "".join(event.text for event in update.events if isinstance(event, Text))
        if not (first or text or update.tokens or update.finish or update.logprobs):
            return []
        choice = CompletionChoice(index, text, finish_reason=update.finish)
        if self._logprobs is not None:
            choice.logprobs = CompletionLogprobs([], [], [], [])
        if self._token_ids:
            choice.token_ids = update.tokens
            if first:
                choice.prompt_token_ids = prompt.ids
        if first and self._echo:
            choice.text = prompt.text + text
            if choice.logprobs is not None:
                for token, each in zip(prompt.ids, update.prompt_logprobs or [None] * len(prompt.ids), strict=True):
                    self._add(choice.logprobs, offsets, token, each)
        if first and self._prompt_logprobs is not None:
            choice.prompt_logprobs = [self._prompt_entry(each) for each in update.prompt_logprobs or ()]
        if choice.logprobs is not None:
            for each in update.logprobs:
                self._add(choice.logprobs, offsets, each.token, each)
        return [msgspec.structs.replace(self.head, choices=[choice])]

    def _add(self, lists: CompletionLogprobs, offsets: _Offsets, token: int, each: TokenLogprobs | None) -> None:
        lists.tokens.append(self._spell(token))
        lists.text_offset.append(offsets.of(self._vocabulary.token_bytes(token)))
        if each is None:
            lists.token_logprobs.append(None)
            lists.top_logprobs.append(None)
            return
        lists.token_logprobs.append(each.logprob)
        best = zip(each.top_ids[: self._logprobs], each.top_logprobs, strict=False)
        top = {self._spell(other): logprob for other, logprob in best}
        lists.top_logprobs.append({**top, self._spell(token): each.logprob})

    def _prompt_entry(self, each: TokenLogprobs | None) -> dict[str, PromptLogprob] | None:
        """vLLM's form: by token id, the token itself and the best others."""
        if each is None:
            return None
        entry = {
            str(token): PromptLogprob(logprob, place, self._spell(token))
            for place, (token, logprob) in enumerate(zip(each.top_ids, each.top_logprobs, strict=True), 1)
        }
        entry[str(each.token)] = PromptLogprob(each.logprob, each.rank, self._spell(each.token))
        return entry


class _Offsets:
    """Where in the text each token begins, in characters; a token that ends inside a character counts up to it."""

    def __init__(self) -> None:
        self._characters = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def of(self, raw: bytes) -> int:
        start = self._characters
        self._characters += len(self._decoder.decode(raw))
        return start


class CompletionFold:
    """The reply that a stream of chunks adds up to."""

    def __init__(self) -> None:
        self._head: CompletionReply | None = None
        self._texts: dict[int, list[str]] = {}
        self._choices: dict[int, CompletionChoice] = {}

    def add(self, chunk: CompletionReply) -> None:
        self._head = self._head or chunk
        for part in chunk.choices:
            self._texts.setdefault(part.index, []).append(part.text)
            whole = self._choices.get(part.index)
            if whole is None:
                self._choices[part.index] = msgspec.structs.replace(part)
                continue
            if whole.logprobs is not None and part.logprobs is not None:
                whole.logprobs.extend(part.logprobs)
            if part.token_ids is not UNSET:
                whole.token_ids = whole.token_ids or []
                whole.token_ids += part.token_ids
            whole.finish_reason = part.finish_reason or whole.finish_reason

    def reply(self, usage: Usage) -> CompletionReply:
        assert self._head is not None, "every choice has at least one chunk"
        for index, choice in self._choices.items():
            choice.text = "".join(self._texts[index])
        choices = [self._choices[index] for index in sorted(self._choices)]
        return msgspec.structs.replace(self._head, choices=choices, usage=to_usage(usage))
