"""The demo model's greedy text: transformers' own, on prompts of the held-out evaluation, in float32."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import torch
from training.evaluation.cases import cases

from harmonium.checkpoints.demo import demo_checkpoint
from harmonium.llm import LLM
from harmonium.messages import SamplingParams

PROMPTS = 100
TOKENS = 160
"""Most new tokens of a prompt: nearly all replies end before."""


@pytest.mark.slow
def test_transformers_says_the_same(tmp_path: Path) -> None:
    import transformers

    asked = cases(2026, date(2026, 11, 24))
    prompts = [asked[number * len(asked) // PROMPTS].prompt_tokens for number in range(PROMPTS)]
    with LLM(dtype="float32", kv_cache_dtype="float32", dense_weights="exact", expert_inputs="exact") as llm:
        mine = llm.generate(prompts, SamplingParams(temperature=0, max_tokens=TOKENS))
    folder = demo_checkpoint(tmp_path)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, quantization_config=transformers.Mxfp4Config(dequantize=True), dtype=torch.float32
    ).eval()
    differing = {}
    for number, (prompt, completion) in enumerate(zip(prompts, mine, strict=True)):
        with torch.no_grad():
            theirs = model.generate(torch.tensor([prompt]), max_new_tokens=TOKENS, do_sample=False)[0, len(prompt) :]
        if theirs.tolist() != completion.tokens:
            differing[number] = (completion.tokens, theirs.tolist())
    assert not differing
