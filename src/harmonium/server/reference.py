"""The OpenAPI document for people: as a page of its own, and as Markdown for the documentation.

Both are written from the document alone. The page needs nothing but itself: no script, no font, no network.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from html import escape
from typing import Any, Final, NamedTuple

STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #2a6fb0; }
@media (prefers-color-scheme: dark) { :root { --accent: #7db8f0; } }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; display: grid; grid-template-columns: 19rem minmax(0, 1fr); }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1rem; border-right: 1px solid var(--line); }
nav ul { list-style: none; margin: 0 0 1rem; padding: 0; }
main { padding: 1rem 2rem 4rem; max-width: 62rem; }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
h3 { margin: 2rem 0 .3rem; font-family: ui-monospace, monospace; font-size: 1rem; }
code { font: .9em ui-monospace, monospace; background: var(--soft); padding: .1em .25em; border-radius: 3px; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); }
.method { font-weight: 700; display: inline-block; min-width: 4.2em; }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; border: 0; } }
"""

REF: Final = "#/components/schemas/"


class Row(NamedTuple):
    """A parameter, or a field of a schema."""

    name: str
    required: bool
    schema: dict[str, Any]
    text: str


class Operation(NamedTuple):
    method: str
    path: str
    tag: str
    summary: str
    parameters: list[Row]
    body: dict[str, Any] | None
    replies: dict[str, dict[str, Any]]
    """What a success has: schemas by media type."""
    refusals: dict[str, dict[str, Any]]
    """What failures have: schemas by status."""


def operations(document: dict[str, Any]) -> list[Operation]:
    return [
        Operation(
            method.upper(),
            path,
            operation["tags"][0],
            operation["summary"],
            [
                Row(each["name"], each.get("required", False), each["schema"], f"in the {each['in']}")
                for each in operation.get("parameters", ())
            ],
            operation["requestBody"]["content"]["application/json"]["schema"] if "requestBody" in operation else None,
            {media: each.get("schema", {}) for media, each in operation["responses"]["200"].get("content", {}).items()},
            {
                status: reply["content"]["application/json"]["schema"]
                for status, reply in operation["responses"].items()
                if status != "200"
            },
        )
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]


def refusals(document: dict[str, Any]) -> dict[str, str]:
    """What each status of a failure means, over all operations."""
    return dict(
        sorted(
            (status, reply["description"])
            for item in document["paths"].values()
            for operation in item.values()
            for status, reply in operation["responses"].items()
            if status != "200"
        )
    )


def fields(schema: dict[str, Any]) -> list[Row]:
    required = schema.get("required", ())
    return [
        Row(name, name in required, each, each.get("description", ""))
        for name, each in schema.get("properties", {}).items()
    ]


def kind(schema: dict[str, Any], link: Callable[[str], str], code: Callable[[str], str]) -> str:
    """The type of a field, with its bounds, in a few words. `link` shows the name of a schema, `code` a value."""
    if "anyOf" in schema:
        parts = [kind(each, link, code) for each in schema["anyOf"] if each.get("type") != "null"]
        return " or ".join(dict.fromkeys(parts))
    if "enum" in schema:
        return ", ".join(code(_value(value)) for value in schema["enum"] if value is not None)
    if "const" in schema:
        return code(_value(schema["const"]))
    if "$ref" in schema:
        return link(schema["$ref"].removeprefix(REF))
    if "contentSchema" in schema:
        return f"JSON: {kind(schema['contentSchema'], link, code)}"
    name = str(schema.get("type", "any"))
    if name == "array":
        name = f"list of {kind(schema.get('items', {}), link, code)}"
    return name + _bounds(schema)


def _bounds(schema: dict[str, Any]) -> str:
    text = ""
    low, high = schema.get("minimum", schema.get("exclusiveMinimum")), schema.get("maximum")
    if low is not None and high is not None:
        above = "above " if "exclusiveMinimum" in schema else ""
        if abs(high) < 2**31 - 1:
            text += f", {above}{low:g} to {high:g}" if high < 10**6 else f", {above}{low:g} to {high}"
        elif low > -(2**31):
            text += f", {above}{low:g} or more"
    if schema.get("maxLength"):
        text += f", at most {schema['maxLength']} characters"
    if schema.get("maxItems") is not None:
        text += f", at most {schema['maxItems']}"
    if schema.get("maxProperties"):
        text += f", at most {schema['maxProperties']} entries"
    return text


def _value(value: object) -> str:
    return value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


def _by_tag(document: dict[str, Any]) -> Iterator[tuple[str, list[Operation]]]:
    every = operations(document)
    for tag in dict.fromkeys(each.tag for each in every):
        yield tag, [each for each in every if each.tag == tag]


def _schemas(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return sorted(document["components"]["schemas"].items())


def _event(schema: dict[str, Any]) -> dict[str, Any]:
    """What the data of a server-sent event holds."""
    data: dict[str, Any] = schema.get("properties", {}).get("data", {})
    return data or schema


def _replies(each: Operation, shown: Callable[[dict[str, Any]], str]) -> list[str]:
    """A line for every kind of reply."""
    lines = []
    for media, schema in each.replies.items():
        lines.append(f"Reply, {media}: {shown(_event(schema))}" if schema else f"Reply, {media}")
    failures = dict.fromkeys(shown(schema) for schema in each.refusals.values())
    return [*lines, f"Refusal: {', '.join(each.refusals)}: {' or '.join(failures)}"]


# ---- Markdown -------------------------------------------------------------------------------------------------------


def markdown(document: dict[str, Any]) -> str:
    """The body of a page of the documentation; it has no title."""

    def link(name: str) -> str:
        return f"[{name}](#{name.lower()})"

    def code(text: str) -> str:
        return f"`{text}`"

    def shown(schema: dict[str, Any]) -> str:
        return kind(schema, link, code)

    def table(rows: Iterable[Row]) -> list[str]:
        lines = [
            f"| `{row.name}`{' (required)' if row.required else ''} | {shown(row.schema)} | {row.text} |".replace(
                "\n", " "
            )
            for row in rows
        ]
        return ["| field | type and limits | meaning |", "|---|---|---|", *lines, ""] if lines else []

    parts = ["| status | meaning |", "|---|---|"]
    parts += [f"| {status} | {meaning} |" for status, meaning in refusals(document).items()]
    parts.append("")
    for tag, group in _by_tag(document):
        parts += [f"## {tag}", ""]
        for each in group:
            parts += [f"### {each.method} {each.path}", "", each.summary, "", *table(each.parameters)]
            if each.body is not None:
                parts += [f"Body: {shown(each.body)}", ""]
            parts += [f"{line}\n" for line in _replies(each, shown)]
    parts += ["## Schemas", ""]
    for name, schema in _schemas(document):
        parts += [f"### {name}", ""]
        if text := schema.get("description", ""):
            parts += [_paragraph(text), ""]
        parts += table(fields(schema)) or [shown(schema), ""]
    return "\n".join(parts)


def _paragraph(text: str) -> str:
    return re.sub(r"\s+", " ", text)


# ---- the page -------------------------------------------------------------------------------------------------------


def page(document: dict[str, Any]) -> str:
    """An HTML page."""

    def link(name: str) -> str:
        return f'<a href="#schema-{escape(name)}">{escape(name)}</a>'

    def code(text: str) -> str:
        return f"<code>{escape(text)}</code>"

    def shown(schema: dict[str, Any]) -> str:
        return kind(schema, link, code)

    def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
        lines = ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
        top = "".join(f"<th>{each}</th>" for each in head)
        return f"<table><tr>{top}</tr>{''.join(lines)}</table>" if lines else ""

    def field_table(rows: Iterable[Row]) -> str:
        return table(
            ("field", "type and limits", "meaning"),
            (
                (code(row.name) + (" required" if row.required else ""), shown(row.schema), _prose(row.text))
                for row in rows
            ),
        )

    contents: list[str] = []
    body = [table(("status", "meaning"), ((status, escape(text)) for status, text in refusals(document).items()))]
    for tag, group in _by_tag(document):
        contents.append(f"<b>{escape(tag)}</b><ul>")
        body.append(f"<h2>{escape(tag)}</h2>")
        for each in group:
            anchor = escape(f"{each.method}-{each.path}")
            name = f'<span class="method">{each.method}</span>{escape(each.path)}'
            contents.append(f'<li><a href="#{anchor}">{name}</a></li>')
            body += [f'<h3 id="{anchor}">{name}</h3><p>{_prose(each.summary)}</p>', field_table(each.parameters)]
            if each.body is not None:
                body.append(f"<p>Body: {shown(each.body)}</p>")
            body += [f"<p>{line}</p>" for line in _replies(each, shown)]
        contents.append("</ul>")
    contents.append('<b><a href="#schemas">Schemas</a></b>')
    body.append('<h2 id="schemas">Schemas</h2>')
    for name, schema in _schemas(document):
        body.append(f'<h3 id="schema-{escape(name)}">{escape(name)}</h3>')
        body.append(f"<p>{_prose(schema.get('description', ''))}</p>")
        body.append(field_table(fields(schema)) or f"<p>{shown(schema)}</p>")
    info = document["info"]
    title = f"{escape(info['title'])} {escape(info['version'])}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}: API</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f"<nav>{''.join(contents)}</nav><main><h1>{title}</h1>"
        f'<p>This server\'s API, from its <a href="openapi.json">OpenAPI document</a>.</p>{"".join(body)}'
        "</main></body></html>"
    )


def _prose(text: str) -> str:
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text))
