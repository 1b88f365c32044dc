"""What only a card can show. Run by `make test-gpu`; a machine without a card collects nothing here, so that no report
counts these as skipped or passed."""

from __future__ import annotations

import torch

if not torch.cuda.is_available():
    collect_ignore_glob = ["test_*.py"]
elif torch.cuda.device_count() < 2:
    collect_ignore = ["test_device_ranks.py"]
