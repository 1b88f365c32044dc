"""Tools as the model sees them: JSON Schema as TypeScript-like text, and names that fit into a message header."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any, Final

from harmonium.errors import BadRequest, UnsupportedSchema
from harmonium.harmony.types import Tool

NAMESPACE: Final = "functions"
MAX_NAME: Final = 256
MAX_DEPTH: Final = 100


def tools_text(tools: Sequence[Tool]) -> str:
    """The `# Tools` section of a developer message. Names are written as they are: see `ToolNames`."""
    lines = ["# Tools\n", f"## {NAMESPACE}\n", f"namespace {NAMESPACE} {{\n"]
    for tool in tools:
        lines += (f"// {line}" for line in _lines(tool.description))
        try:
            parameters = "" if tool.parameters is None else f"_: {typescript(tool.parameters)}"
        except RecursionError:
            raise UnsupportedSchema(f"The schema of {tool.name!r} holds values that are nested too deeply.") from None
        lines.append(f"type {tool.name} = ({parameters}) => any;\n")
    return "\n".join([*lines, f"}} // namespace {NAMESPACE}"])


def typescript(schema: Any, indent: str = "", depth: int = 0) -> str:
    """A JSON Schema as the TypeScript-like type that gpt-oss was trained on. Keywords without a counterpart are left
    out. Raises UnsupportedSchema where the schema is nested too deeply.
    """
    if depth > MAX_DEPTH:
        raise UnsupportedSchema(f"schema: nested deeper than {MAX_DEPTH} levels")
    if not isinstance(schema, dict):
        return "any"
    variants = schema.get("oneOf")
    if isinstance(variants, list):
        return "".join(f"\n{indent} | {_variant(variant, indent, depth)}" for variant in variants)
    kind = schema.get("type")
    if isinstance(kind, list):
        names = ["number" if name == "integer" else name for name in kind if isinstance(name, str)]
        return " | ".join(names) or "any"
    match kind:
        case "object":
            return _object(schema, indent, depth)
        case "array":
            return f"{typescript(schema['items'], indent, depth + 1)}[]" if "items" in schema else "Array<any>"
        case "string":
            return " | ".join(f'"{value}"' for value in _enum(schema) if isinstance(value, str)) or "string"
        case "number" | "integer":
            return "number"
        case "boolean":
            return "boolean"
        case _:
            return "any"


def _object(schema: dict[str, Any], indent: str, depth: int) -> str:
    out = [f"{indent}// {text}\n" for text in _string(schema, "description")]
    out.append("{\n")
    properties = schema.get("properties")
    required = schema.get("required")
    needed = {name for name in required if isinstance(name, str)} if isinstance(required, list) else set()
    for name, value in properties.items() if isinstance(properties, dict) else ():
        out += _property(name if name in needed else f"{name}?", value, indent, depth)
    out.append(f"{indent}}}")
    return "".join(out)


def _property(label: str, value: Any, indent: str, depth: int) -> list[str]:
    schema: dict[str, Any] = value if isinstance(value, dict) else {}
    variants = schema.get("oneOf")
    out = [f"{indent}// {title}\n{indent}//\n" for title in _string(schema, "title")]
    descriptions = _string(schema, "description")
    if "oneOf" not in schema:
        out += [f"{indent}// {text}\n" for text in descriptions]
    examples = schema.get("examples")
    if isinstance(examples, list) and examples:
        out.append(f"{indent}// Examples:\n")
        out += [f'{indent}// - "{example}"\n' for example in examples if isinstance(example, str)]
    if not isinstance(variants, list):
        comment = f" // {_default(schema)}" if "default" in schema and "oneOf" not in schema else ""
        out.append(f"{indent}{label}: {_nullable(schema, f'{indent}    ', depth)},{comment}\n")
        return out
    first = variants[0] if variants and isinstance(variants[0], dict) else {}
    above = bool(descriptions) and first.get("description") != descriptions[0]
    if above:
        out.append(f"{indent}// {descriptions[0]}\n")
    if "default" in schema:
        out.append(f"{indent}// {_default(schema)}\n")
    out.append(f"{indent}{label}:\n")
    for index, variant in enumerate(variants):
        hidden = [variant.get("description")] if index == 0 and above and isinstance(variant, dict) else descriptions
        out.append(f"{indent} | {_nullable(variant, f'{indent}   ', depth)}{_trailing(variant, hidden)}\n")
    out.append(f"{indent},\n")
    return out


def _variant(variant: Any, indent: str, depth: int) -> str:
    return _nullable(variant, f"{indent}   ", depth) + _trailing(variant, (), bare=False)


def _nullable(schema: Any, indent: str, depth: int) -> str:
    text = typescript(schema, indent, depth + 1)
    nullable = isinstance(schema, dict) and schema.get("nullable") is True
    return f"{text} | null" if nullable and "null" not in text else text


def _trailing(schema: Any, hidden: Sequence[Any], bare: bool = True) -> str:
    """The comment behind a variant: its description, unless hidden, and its default."""
    if not isinstance(schema, dict):
        return ""
    comments = [text for text in _string(schema, "description") if text not in hidden]
    if "default" in schema:
        comments.append(_default(schema, bare))
    return f" // {' '.join(comments)}" if comments else ""


def _default(schema: dict[str, Any], bare: bool = True) -> str:
    """The default as a comment. That of an enum stands without quotes where `bare`."""
    value = schema["default"]
    if not isinstance(value, str):
        return f"default: {json_text(value)}"
    if not _enum(schema):
        return f'default: "{value}"'
    return f"default: {value if bare else json_text(value)}"


def _enum(schema: dict[str, Any]) -> list[Any]:
    values = schema.get("enum")
    return values if isinstance(values, list) else []


def _string(schema: dict[str, Any], keyword: str) -> list[str]:
    value = schema.get(keyword)
    return [value] if isinstance(value, str) else []


def _lines(text: str) -> list[str]:
    """Lines of text, as Rust counts them: a line feed ends one, with the carriage return before it."""
    lines = re.split(r"\r?\n", text)
    return lines if lines[-1] else lines[:-1]


def json_text(value: Any) -> str:
    """Compact JSON with the characters as they are, and floats written like 1e30 and not 1e+30."""
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, int) and not isinstance(value, bool) and not -(1 << 63) <= value < 1 << 64:
        return _float_text(float(value)) if abs(value) < 10**308 else str(value)
    if isinstance(value, list | tuple):
        return f"[{','.join(map(json_text, value))}]"
    if isinstance(value, dict):
        return f"{{{','.join(f'{json_text(str(key))}:{json_text(each)}' for key, each in value.items())}}}"
    return json.dumps(value, ensure_ascii=False)


def _float_text(value: float) -> str:
    text = repr(value)
    if not math.isfinite(value):
        return "null"
    if "e" not in text:
        return text
    digits, exponent = text.split("e")
    power = int(exponent)
    if power == -5:
        sign, digits = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
        return f"{sign}0.0000{digits.replace('.', '')}"
    return f"{digits}e{power}"


class ToolNames:
    """A one-to-one mapping between the client's names of its tools and names that a message header can hold.

    Header names consist of A-Z, a-z, 0-9, _ and -; a name that does already stays as it is. Raises BadRequest, with
    `param` filled in from `param` and the index, for a name that is empty, too long, or there twice.
    """

    def __init__(self, names: Sequence[str] = (), param: str = "tools[{index}].function.name") -> None:
        self._safe: dict[str, str] = {}
        for index, name in enumerate(names):
            where = param.format(index=index)
            if not name:
                raise BadRequest("A tool's name must not be empty.", param=where)
            if len(name) > MAX_NAME:
                raise BadRequest(f"A tool's name must not be longer than {MAX_NAME} characters.", param=where)
            if name in self._safe:
                raise BadRequest(f"There are two tools named {name!r}.", param=where)
            self._safe[name] = ""
        taken = {name for name in self._safe if header_name(name) == name}
        counts: dict[str, int] = {}
        for name in self._safe:
            safe = wanted = header_name(name)
            while safe != name and safe in taken:
                counts[wanted] = counts.get(wanted, 1) + 1
                safe = f"{wanted}_{counts[wanted]}"
            taken.add(safe)
            self._safe[name] = safe
        self._client = {safe: name for name, safe in self._safe.items()}

    def safe(self, name: str) -> str:
        """The header's name of a tool; one that was not declared is made to fit as well."""
        return self._safe.get(name) or header_name(name)

    def declares(self, safe: str) -> bool:
        """Whether a declared tool goes by this name in headers."""
        return safe in self._client

    def client(self, safe: str) -> str:
        """The client's name of a tool; a name that no tool has stays as it is."""
        return self._client.get(safe, safe)


def header_name(name: str) -> str:
    """The name with everything that a header cannot hold made an underscore."""
    safe = re.sub(r"[^A-Za-z0-9_-]+", "_", name)
    return safe if re.search(r"[A-Za-z0-9]", safe) or safe == name else "tool"
