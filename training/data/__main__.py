"""Print samples to read: `python -m training.data [family] [count] [seed] [split]`."""

import sys

from harmonium.vocabulary import load_vocabulary

from . import FAMILIES, Sampler

family = sys.argv[1] if len(sys.argv) > 1 else "all"
count = int(sys.argv[2]) if len(sys.argv) > 2 else 3
sampler = Sampler(int(sys.argv[3]) if len(sys.argv) > 3 else 0, "heldout" if "heldout" in sys.argv else "train")
for name in FAMILIES if family == "all" else [family]:
    for _ in range(count):
        draft = sampler.draft(name)
        sample = sampler.sample(draft)
        text = load_vocabulary().decode(sample.tokens)
        if "full" not in sys.argv:
            text = f"[{sampler.dice.effort} {sampler.dice.date}] " + text.partition("<|end|>")[2]
        print(f"--- {name}: {len(sample.tokens)} tokens\n{text}")
