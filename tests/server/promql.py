"""The metrics that a PromQL expression names, and where this project's expressions are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
_WORDS = {"by", "without", "on", "ignoring", "group_left", "group_right", "and", "or", "unless", "bool", "offset"}


def metrics_in(expression: str) -> set[str]:
    """Names of metrics; labels, strings, ranges, functions and keywords are none."""
    text = re.sub(r'"(?:\\.|[^"\\])*"', "", expression)
    text = re.sub(r"\{[^}]*\}|\[[^\]]*\]", "", text)
    text = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", "", text)
    found = re.finditer(r"(?<![\w:$.])([A-Za-z_:][\w:]*)\s*(\()?", text)
    return {name for name, call in (match.groups() for match in found) if not call and name not in _WORDS}


def dashboard_queries() -> list[str]:
    """Every expression of the Grafana dashboard."""
    dashboard = json.loads((DEPLOY / "grafana" / "harmonium.json").read_text())
    panels = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    variables = [each["definition"] for each in dashboard["templating"]["list"] if each["type"] == "query"]
    return panels + [re.sub(r"label_values\((.+), \w+\)", r"\1", each) for each in variables]


def rules() -> list[dict[str, str]]:
    """Every recording and alert rule."""
    groups = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]
