"""Generation in batches with the model as it is trained, over the whole vocabulary: for evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from harmonium.config import ModelConfig
from harmonium.vocabulary import SIZE
from training.model import Attend, Latents, Rotary, generated_rows, hidden_states, layers, plain_attend, round_bfloat16

_SCORES = 1 << 31
"""Most elements of a prefill's attention scores."""


def full_rows(quantised: Latents, side: str, codes: Tensor, active: Tensor) -> Tensor:
    """Every row of the embedding or the unembedding, float32 [V, D]: what the exported checkpoint holds. codes: ±1
    [ordinary, N] of all ordinary tokens; active: ids [A]."""
    table = quantised[f"{side}.dead"].repeat(SIZE, 1)
    table[: len(codes)] = generated_rows(codes, quantised[f"{side}.codes"], quantised[f"{side}.shared"])
    table = round_bfloat16(table)
    table[active] = quantised[f"{side}.active"]
    return table


@dataclass
class Reply:
    """A generated reply, its stop token included. `stray`: the tokens without trained rows that are not in the
    prompt."""

    tokens: list[int] = field(default_factory=list)
    stray: list[int] = field(default_factory=list)


class Generator:
    """A quantised model with its whole vocabulary, in float32."""

    def __init__(self, config: ModelConfig, quantised: Latents, codes: Tensor, active: Tensor) -> None:
        self.config = config
        self.stack = layers(quantised, torch.float32)
        self.norm = quantised["norm"]
        self.embedding = full_rows(quantised, "embed", codes, active)
        self.unembedding = full_rows(quantised, "head", codes, active)
        self.inactive = torch.ones(SIZE, dtype=torch.bool, device=self.norm.device)
        self.inactive[active] = False
        self.mass: list[float] = []
        """The probability of all inactive rows together at each step of a batch whose tokens were active, averaged."""

    @torch.no_grad()
    def states(self, tokens: Tensor) -> Tensor:
        """tokens [B, T], whole documents from position 0 → normed final states [B, T, D]."""
        positions = torch.arange(tokens.shape[1], device=tokens.device).expand_as(tokens)
        cos, sin = Rotary.of(self.config, tokens.shape[1], tokens.device).at(positions)
        index = positions[0]
        distance = index[:, None] - index
        scale = self.config.head_dim**-0.5
        full = (distance >= 0)[None, None]
        near = full & (distance < self.config.sliding_window)
        x = F.embedding(tokens, self.embedding)
        attends = (plain_attend(full, scale), plain_attend(near, scale))
        return hidden_states(self.config, x, self.stack, self.norm, cos, sin, attends)

    def logits(self, tokens: Tensor) -> Tensor:
        """The logits [B, T, V] of what follows each of `tokens` [B, T]."""
        return self.states(tokens) @ self.unembedding.T

    def replies(
        self,
        prompts: Sequence[Sequence[int]],
        max_tokens: Sequence[int],
        *,
        temperature: float,
        seed: int,
        batch: int = 512,
    ) -> list[Reply]:
        """A reply to every prompt, each up to its stop token or its most tokens. Temperature 0 is greedy."""
        replies: list[Reply] = [Reply() for _ in prompts]
        order = sorted(range(len(prompts)), key=lambda number: len(prompts[number]))
        random = torch.Generator(self.norm.device).manual_seed(seed)
        while order:
            longest = len(prompts[order[min(batch, len(order)) - 1]])
            size = max(1, min(batch, len(order), _SCORES // (longest**2 * self.config.num_heads)))
            taken, order = order[:size], order[size:]
            self._batch(
                [prompts[n] for n in taken],
                [max_tokens[n] for n in taken],
                [replies[n] for n in taken],
                temperature,
                random,
            )
        return replies

    @torch.no_grad()
    def _batch(
        self,
        prompts: Sequence[Sequence[int]],
        max_tokens: Sequence[int],
        replies: Sequence[Reply],
        temperature: float,
        random: torch.Generator,
    ) -> None:
        config, device = self.config, self.norm.device
        lengths = torch.tensor([len(prompt) for prompt in prompts], device=device)
        limits = torch.tensor(max_tokens, device=device)
        longest, room = int(lengths.max()), int((lengths + limits).max())
        rotary = Rotary.of(config, room, device)
        shape = (len(prompts), config.num_kv_heads, room, config.head_dim)
        caches = [(torch.zeros(shape, device=device), torch.zeros(shape, device=device)) for _ in self.stack]
        allowed = torch.zeros(len(prompts), SIZE, dtype=torch.bool, device=device)
        tokens = torch.zeros(len(prompts), longest, dtype=torch.long, device=device)
        for number, prompt in enumerate(prompts):
            tokens[number, : len(prompt)] = torch.tensor(prompt, device=device)
            allowed[number, tokens[number, : len(prompt)]] = True
        stops = torch.tensor(config.eos_tokens, device=device)
        positions = torch.arange(longest, device=device).expand_as(tokens)
        running = torch.ones(len(prompts), dtype=torch.bool, device=device)
        made: list[Tensor] = []
        stray: list[Tensor] = []
        for step in range(int(limits.max())):
            hidden = self._step(tokens, positions, caches, rotary, room if step else longest)
            last = hidden[torch.arange(len(prompts), device=device), (lengths - 1) if step == 0 else 0]
            logits = last @ self.unembedding.T
            probabilities = logits.softmax(-1)
            if temperature == 0:
                chosen = logits.argmax(-1)
            else:
                draws = torch.rand(logits.shape, device=device, generator=random).clamp_(min=1e-20)
                chosen = (logits / temperature - (-draws.log()).log()).argmax(-1)
            is_inactive = self.inactive[chosen]
            counted = running & ~is_inactive
            if counted.any():
                self.mass.append((probabilities * self.inactive).sum(-1)[counted].mean().item())
            rows = torch.arange(len(prompts), device=device)
            made.append(torch.where(running, chosen, -1))
            stray.append(running & is_inactive & ~allowed[rows, chosen])
            running = running & ~torch.isin(chosen, stops) & (step + 1 < limits)
            if step % 8 == 7 and not running.any():
                break
            tokens, positions = chosen[:, None], (lengths + step)[:, None].clamp(max=room - 1)
        for number, reply in enumerate(replies):
            row = torch.stack(made)[:, number]
            reply.tokens = row[row >= 0].tolist()
            reply.stray = row[torch.stack(stray)[:, number]].tolist()

    def _step(
        self, tokens: Tensor, positions: Tensor, caches: list[tuple[Tensor, Tensor]], rotary: Rotary, seen: int
    ) -> Tensor:
        """Run tokens [B, n] at positions [B, n] with the caches behind them; keys up to position `seen` are looked
        at."""
        config = self.config
        cos, sin = rotary.at(positions)
        distance = positions[:, :, None] - torch.arange(seen, device=tokens.device)
        full = (distance >= 0)[:, None]
        near = full & (distance < config.sliding_window)[:, None]
        numbers = iter(range(len(caches)))
        batch = torch.arange(len(tokens), device=tokens.device)[:, None]

        def attend(visible: Tensor) -> Attend:
            plain = plain_attend(visible, config.head_dim**-0.5)

            def with_cache(q: Tensor, k: Tensor, v: Tensor, sinks: Tensor) -> Tensor:
                keys, values = caches[next(numbers)]
                keys.transpose(1, 2)[batch, positions] = k.transpose(1, 2)
                values.transpose(1, 2)[batch, positions] = v.transpose(1, 2)
                return plain(q, keys[:, :, :seen], values[:, :, :seen], sinks)

            return with_cache

        x = F.embedding(tokens, self.embedding)
        return hidden_states(config, x, self.stack, self.norm, cos, sin, (attend(full), attend(near)))
