"""The HTTP side: OpenAI's APIs over an engine. Torch is never imported here."""
