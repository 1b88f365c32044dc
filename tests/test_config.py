"""What is read from the environment, and only here."""

from __future__ import annotations

from pathlib import Path

import pytest

from harmonium.config import cache_dir, engine_environment, environment_api_keys


def test_waiting_threads_yield_their_core_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    assert engine_environment()["OMP_WAIT_POLICY"] == "passive"
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    assert engine_environment()["OMP_WAIT_POLICY"] == "active"


def test_the_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HARMONIUM_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_dir() == tmp_path / "harmonium"
    monkeypatch.setenv("HARMONIUM_CACHE", str(tmp_path / "mine"))
    assert cache_dir() == tmp_path / "mine"


def test_an_api_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HARMONIUM_API_KEY", raising=False)
    assert environment_api_keys() == ()
    monkeypatch.setenv("HARMONIUM_API_KEY", "secret")
    assert environment_api_keys() == ("secret",)
