"""Every page of the documentation is on the site."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


def pages(entries: list[Any]) -> list[str]:
    return [
        page
        for entry in entries
        for value in entry.values()
        for page in (pages(value) if isinstance(value, list) else [value])
    ]


def test_every_page_is_in_the_menu_once() -> None:
    menu = pages(yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"])
    written = {file.name for file in (ROOT / "docs").glob("*.md") if not file.name.endswith(".in.md")}
    assert sorted(menu) == sorted(written)
