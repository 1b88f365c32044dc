"""A conversation as the tokens of a prompt, equal to those that openai-harmony makes.

Special tokens come from the structure alone. Text is always encoded as ordinary text, whatever it spells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from harmonium.harmony.tools import NAMESPACE, ToolNames, json_text, tools_text
from harmonium.harmony.types import Conversation, Message, ResponseFormat
from harmonium.vocabulary import CALL, CHANNEL, CONSTRAIN, END, MESSAGE, NAMED, START, Vocabulary, load_vocabulary

CHANNELS = "# Valid channels: analysis, commentary, final. Channel must be included for every message."
CALLS = f"Calls to these tools must go to the commentary channel: '{NAMESPACE}'."
CONSTRAIN_NAME = NAMED[CONSTRAIN]


def render(conversation: Conversation, names: ToolNames | None = None) -> list[int]:
    """The prompt of the assistant's next turn; it ends after `<|start|>assistant`.

    Tools and recipients carry the client's names, which `names` (by default made from the conversation's tools) maps.
    """
    vocabulary = load_vocabulary()
    if names is None:
        names = ToolNames([tool.name for tool in conversation.tools])
    messages = [*_preface(conversation, names), *(_with_header_names(each, names) for each in conversation.messages)]
    return [*render_messages(_without_old_analysis(messages), vocabulary), START, *vocabulary.encode("assistant")]


def render_messages(messages: Iterable[Message], vocabulary: Vocabulary | None = None) -> list[int]:
    """Messages one after the other, nothing dropped, names as they are."""
    vocabulary = vocabulary or load_vocabulary()
    return [token for message in messages for token in _render_message(message, vocabulary)]


def system_text(conversation: Conversation) -> str:
    """The content of the system message."""
    about = [conversation.identity] if conversation.identity else []
    if conversation.knowledge_cutoff:
        about.append(f"Knowledge cutoff: {conversation.knowledge_cutoff}")
    if conversation.date:
        about.append(f"Current date: {conversation.date}")
    channels = f"{CHANNELS}\n{CALLS}" if conversation.tools else CHANNELS
    sections = ["\n".join(about), f"Reasoning: {conversation.effort}", channels]
    return "\n\n".join(section for section in sections if section)


def developer_text(conversation: Conversation, names: ToolNames) -> str:
    """The content of the developer message; empty where there is none."""
    sections = []
    if conversation.instructions:
        sections += ["# Instructions", conversation.instructions]
    if conversation.tools:
        tools = [msgspec.structs.replace(tool, name=names.safe(tool.name)) for tool in conversation.tools]
        sections.append(tools_text(tools))
    if conversation.response_format is not None:
        sections += _response_format_sections(conversation.response_format)
    return "\n\n".join(sections)


def _response_format_sections(response_format: ResponseFormat) -> list[str]:
    schema = {"type": "object"} if response_format.schema is None else response_format.schema
    lines = [f"// {line}" for line in response_format.description.splitlines()]
    return ["# Response Formats", f"## {response_format.name}", "\n".join([*lines, json_text(schema)])]


def _preface(conversation: Conversation, names: ToolNames) -> list[Message]:
    messages = [Message(role="system", content=system_text(conversation))]
    developer = developer_text(conversation, names)
    if developer:
        messages.append(Message(role="developer", content=developer))
    return messages


def _with_header_names(message: Message, names: ToolNames) -> Message:
    def mapped(name: str | None) -> str | None:
        prefix, dot, function = (name or "").partition(".")
        return f"{prefix}.{names.safe(function)}" if prefix == NAMESPACE and dot else name

    name = mapped(message.name) if message.role == "tool" else message.name
    return msgspec.structs.replace(message, recipient=mapped(message.recipient), name=name)


def _without_old_analysis(messages: Sequence[Message]) -> list[Message]:
    """Once the assistant has given a final answer, and said nothing since, the analysis before its first one goes.

    What was put back as the model wrote it, since the last final answer, had a prompt before it; that prompt is made
    again as it was, so that the tokens up to here are those that the model has seen.
    """
    finals = [index for index, message in enumerate(messages) if message.channel == "final"]
    since = finals[-1] + 1 if finals else 0
    exact = next((index for index in range(since, len(messages)) if messages[index].tokens), len(messages))
    said = [message.channel for message in messages[:exact] if message.role == "assistant"]
    if not said or said[-1] != "final":
        return list(messages)
    return [message for index, message in enumerate(messages) if index >= finals[0] or message.channel != "analysis"]


def _render_message(message: Message, vocabulary: Vocabulary) -> list[int]:
    if message.tokens:
        return list(message.tokens)
    encode = vocabulary.encode
    tokens = [START]
    if message.role == "tool":
        tokens += encode(message.name or "")
    else:
        tokens += encode(message.role)
        if message.name:
            tokens += encode(f":{message.name}")
    if message.recipient and message.recipient != "all":
        tokens += encode(f" to={message.recipient}")
    if message.channel:
        tokens.append(CHANNEL)
        tokens += encode(message.channel)
    if message.content_type and message.content_type.startswith(CONSTRAIN_NAME):
        tokens += encode(" ")
        tokens.append(CONSTRAIN)
        tokens += encode(message.content_type.removeprefix(CONSTRAIN_NAME))
    elif message.content_type:
        tokens += encode(f" {message.content_type}")
    tokens.append(MESSAGE)
    tokens += encode(message.content)
    tokens.append(CALL if message.role == "assistant" and message.recipient else END)
    return tokens
