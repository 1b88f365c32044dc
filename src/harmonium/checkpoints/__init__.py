"""Checkpoints of gpt-oss on disk: found, fetched, checked, mapped and, for tests and trials, made. Free of torch."""
