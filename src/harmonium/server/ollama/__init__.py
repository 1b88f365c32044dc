"""Ollama's API, as far as it makes sense for a server of one model that it was started with."""
