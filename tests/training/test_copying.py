"""Replies keep their text when they are written in the prompt's tokens, and disguised words stay consistent."""

from __future__ import annotations

import numpy as np
from training.data import COPYING, Sampler
from training.data.copying import Copier
from training.disguise import Disguise
from training.stream import Packer, Rows, write_row

from harmonium.checkpoints.codes import BITS, CORE_BITS, PIECE_BITS, token_codes
from harmonium.vocabulary import ORDINARY, SIZE, load_vocabulary


def pieces(text: str, prompt: str) -> list[str]:
    vocabulary = load_vocabulary()
    copier = Copier(vocabulary)
    tokens = copier.write(text, copier.words(vocabulary.encode(prompt)), han=True)
    assert vocabulary.decode(tokens) == text
    return [vocabulary.decode([token]) for token in tokens]


def test_a_word_keeps_the_tokens_of_the_prompt() -> None:
    assert pieces('{"to": "Kowalczyk"}', "Write to Kowalczyk today.")[4:] == ["K", "ow", "alc", "zyk", '"}']
    assert pieces("Dive and Kowalczyk", "to Kowalczyk")[-3:] == [" Kow", "alc", "zyk"]
    assert pieces("It is Kira.", '{"name": "Kira"}')[2:] == [" K", "ira", "."]


def test_text_is_never_changed() -> None:
    seed = int(np.random.default_rng().integers(1 << 31))
    print(f"seed {seed}")
    vocabulary = load_vocabulary()
    copier = Copier(vocabulary)
    sampler = Sampler(seed)
    changed = 0
    for _ in range(400):
        draft = sampler.draft()
        prompt = vocabulary.encode(" ".join(message.content for message in draft.messages))
        words = copier.words(prompt)
        for text in (draft.reply.analysis, draft.reply.final, *(call.arguments for call in draft.reply.calls)):
            tokens = copier.write(text, words, han=True)
            assert vocabulary.decode(tokens) == text
            changed += tokens != vocabulary.encode(text)
    assert changed > 20


def packed(seed: int, count: int) -> tuple[Rows, list[str]]:
    sampler, packer, families = Sampler(seed), Packer(2048), sorted(COPYING | {"fact"})
    rows, done = Rows.in_memory(bytearray(9 * 2048 * count), count, 2048), 0
    while done < count:
        sample = sampler.next()
        if sample.family in families:
            closed = packer.add(sample, families.index(sample.family))
            if closed is not None:
                write_row(rows, done, closed)
                done += 1
    return rows, families


def test_a_disguised_word_is_one_word_throughout_a_conversation() -> None:
    seed = int(np.random.default_rng().integers(1 << 31))
    print(f"seed {seed}")
    rows, families = packed(seed, 8)
    counts = np.bincount(rows.tokens.reshape(-1), minlength=SIZE)[:ORDINARY]
    active = np.flatnonzero(counts >= 3)
    eligible = np.array([families.index(name) for name in COPYING])
    disguise = Disguise(active, eligible, 0.8, seed)
    found = disguise.apply(rows, 6000)
    plain = rows.tokens.reshape(-1)
    family, document = rows.families.reshape(-1), (rows.positions.reshape(-1) == 0).cumsum()
    changed = found.tokens >= SIZE
    assert changed.sum() > 100
    assert (found.tokens[~changed] == plain[~changed]).all()
    assert (found.of[found.tokens[changed] - SIZE] == plain[changed]).all()
    assert np.isin(family[changed], eligible).all()
    assert not np.isin(plain[changed], active).any()

    codes = token_codes(load_vocabulary())
    by_word: dict[tuple[int, int], bytes] = {}
    different = 0
    for at in np.flatnonzero(changed):
        index = found.tokens[at] - SIZE
        token = found.of[index]
        code = codes[token] * found.signs[index]
        assert (code[CORE_BITS:BITS] == codes[token, CORE_BITS:BITS]).all()
        word = by_word.setdefault((document[at], disguise.word[token]), code[:CORE_BITS].tobytes())
        assert word == code[:CORE_BITS].tobytes()
        different += bool((code[:CORE_BITS] != codes[token, :CORE_BITS]).any())
    assert different > 0.9 * changed.sum()
    for at in np.flatnonzero(changed):
        index = found.tokens[at] - SIZE
        for number, piece in enumerate(disguise.pieces[found.of[index]]):
            known = by_word.get((document[at], piece))
            if known is not None:
                code = codes[found.of[index]] * found.signs[index]
                start = BITS + number * PIECE_BITS
                assert code[start : start + PIECE_BITS].tobytes() == known[:PIECE_BITS]


def test_few_rows_are_enough() -> None:
    rows, families = packed(1, 8)
    counts = np.bincount(rows.tokens.reshape(-1), minlength=SIZE)[:ORDINARY]
    disguise = Disguise(np.argsort(-counts)[:300], np.arange(len(families)), 1.0, 1)
    for most in (100, 1000, 10000):
        assert len(disguise.apply(rows, most).of) <= most
