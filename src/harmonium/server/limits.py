"""The hard caps on what one request may ask for. Messages to the client name the limit that was passed."""

from __future__ import annotations

from typing import Final

MAX_CHOICES: Final = 128
"""Completions of one request: prompts times `n`."""
MAX_MESSAGES: Final = 4096
MAX_PARTS: Final = 1024
"""Content parts of one message, and tool calls of one message."""
MAX_TOOLS: Final = 128
MAX_CALLS: Final = 32
"""Parallel calls of one completion; it ends after the last of them."""
MAX_NAME: Final = 256
MAX_STOPS: Final = 16
MAX_STOP_LENGTH: Final = 1024
MAX_LOGIT_BIAS: Final = 1024
MAX_TOP_LOGPROBS: Final = 20
MAX_TOKENS: Final = 2**31 - 1
MAX_SALT: Final = 256
SCHEMA_SECONDS: Final = 5.0
"""How long all schemas of one request may take to check; the size of each is limited by `harmonium.slots`."""
MAX_TOOL_OUTPUT: Final = 1 << 16
"""Characters of an MCP tool's answer that the model is shown."""
