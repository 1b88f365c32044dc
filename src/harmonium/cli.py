"""The command line. Options come from the dataclasses of `harmonium.config`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import fields
from enum import Enum
from typing import Annotated, Any, get_type_hints

import typer

from harmonium import __version__
from harmonium.config import (
    BenchConfig,
    BenchEngineConfig,
    EngineConfig,
    GenerateConfig,
    LobeChatConfig,
    ServerConfig,
)
from harmonium.errors import HarmoniumError

app = typer.Typer(
    name="harmonium",
    help="Serve OpenAI's open-weight gpt-oss models on your own hardware.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Model = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="A checkpoint's folder, its name on the Hugging Face Hub, or scripted:FILE; by default the bundled one.",
        show_default=False,
    ),
]


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _annotation(hint: Any, choices: Sequence[str] | None) -> Any:
    """The type that the parser should see for a config field's type."""
    if choices:
        return Enum("Choice", {choice: choice for choice in choices}, type=str)
    if hint == tuple[str, ...]:
        return list[str]
    return hint


def _parameters(config: type[Any]) -> list[inspect.Parameter]:
    """One keyword parameter for each option of a config class."""
    hints = get_type_hints(config)
    parameters = []
    for each in fields(config):
        if not each.metadata.get("help") or each.metadata.get("flag", "") is None:
            continue
        hint = hints[each.name]
        flag = _flag(each.name)
        names = [f"{flag}/--no-{flag[2:]}"] if hint in (bool, bool | None) else [flag]
        several = hint == tuple[str, ...]
        info = typer.Option(
            *names,
            help=each.metadata["help"],
            show_default=each.default not in (None, (), ""),
            metavar="NAME …" if several else None,
        )
        parameters.append(
            inspect.Parameter(
                each.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=list(each.default) if isinstance(each.default, tuple) else each.default,
                annotation=Annotated[_annotation(hint, each.metadata.get("choices")), info],
            )
        )
    return parameters


def _build(config: type[Any], values: dict[str, Any], **more: Any) -> Any:
    """The config object out of the parsed options."""
    chosen = dict(more)
    for each in fields(config):
        if each.name in values:
            value = values[each.name]
            if isinstance(value, list):
                value = tuple(value)
            elif isinstance(value, Enum):
                value = value.value
            chosen[each.name] = value
    return config(**chosen)


def options(*configs: type[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command every option of these config classes; it receives them in `**options`."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command, eval_str=True)
        kept = [p for p in own.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
        extra = [p for config in configs for p in _parameters(config)]
        command.__signature__ = own.replace(parameters=kept + extra)  # type: ignore[attr-defined]
        return command

    return decorate


@app.callback(invoke_without_command=True)
def version(
    show: Annotated[bool, typer.Option("--version", help="Show the version and exit.", is_eager=True)] = False,
) -> None:
    if show:
        typer.echo(f"harmonium {__version__}")
        raise typer.Exit


@app.command()
@options(ServerConfig, EngineConfig)
def serve(model: Model = "", **options: Any) -> None:
    """Open an OpenAI-compatible server."""
    from harmonium.client import Launched

    server, engine = _build(ServerConfig, options), _build(EngineConfig, options, model=model)
    # The engine's process imports PyTorch while this one imports the server.
    with nullcontext() if engine.engine_in_process else Launched() as launched:
        from harmonium.server.run import run

        run(engine, server, launched)


@app.command()
@options(GenerateConfig, EngineConfig)
def chat(
    model: Model = "",
    url: Annotated[
        str | None,
        typer.Option(help="Talk to this server (…/v1) and load no model here.", show_default=False),
    ] = None,
    **options: Any,
) -> None:
    """Chat in the terminal; reasoning is shown apart from the answer."""
    from harmonium.terminal import chat as run

    run(_build(EngineConfig, options, model=model), _build(GenerateConfig, options), url)


@app.command()
@options(GenerateConfig, EngineConfig)
def generate(
    prompt: Annotated[str, typer.Argument(help="What to ask; '-' reads it from standard input.")],
    model: Model = "",
    raw: Annotated[bool, typer.Option(help="Continue the text as it stands, with no conversation around.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object: text, reasoning, usage.")] = False,
    **options: Any,
) -> None:
    """Answer one prompt offline and exit."""
    from harmonium.terminal import generate as run

    text = sys.stdin.read() if prompt == "-" else prompt
    run(_build(EngineConfig, options, model=model), _build(GenerateConfig, options), text, raw=raw, as_json=as_json)


bench = typer.Typer(
    help="Measure speed.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(bench, name="bench")


@bench.command("serve")
@options(BenchConfig)
def bench_serve(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="Where the API is: http://…/v1.")
    ] = "http://127.0.0.1:8000/v1",
    **options: Any,
) -> None:
    """Put load on any OpenAI-compatible server and show what it makes of it."""
    from harmonium.bench.serve import serve as run

    run(url, _build(BenchConfig, options))


@app.command()
@options(LobeChatConfig)
def lobechat(
    check: Annotated[bool, typer.Option("--check", help="Ask the server as LobeChat does: what works?")] = False,
    write: Annotated[str, typer.Option(help="File for the settings, in place of printing them.")] = "",
    **options: Any,
) -> None:
    """Say what to set in LobeChat for this server, and check that it works."""
    from dataclasses import replace
    from pathlib import Path

    from harmonium.config import environment_api_keys
    from harmonium.lobechat import Checks, report

    config = _build(LobeChatConfig, options)
    config = replace(config, api_key=config.api_key or next(iter(environment_api_keys()), ""))
    text = report(config)
    if write:
        Path(write).write_text(text)
    elif not check:
        typer.echo(text, nl=False)
    if check:
        failed = False
        for result in Checks(config).run():
            failed = failed or not result.ok
            mark = typer.style("pass", fg=typer.colors.GREEN) if result.ok else typer.style("FAIL", fg=typer.colors.RED)
            typer.echo(f"{mark}  {result.name}: {result.found}")
        raise typer.Exit(failed)


@app.command()
@options(EngineConfig)
def doctor(model: Model = "", **options: Any) -> None:
    """Say what runs where on this machine, and what speed to expect."""
    import subprocess

    import msgspec

    from harmonium.checkpoints.catalog import locate
    from harmonium.config import cache_dir, engine_environment

    folder = str(locate(model, cache_dir(), options["load_format"].value).folder) if model else ""
    config = msgspec.msgpack.encode(_build(EngineConfig, options, model=folder))
    command = [sys.executable, "-P", "-m", "harmonium.engine.doctor"]
    typer.echo(f"harmonium          {__version__}")
    done = subprocess.run(command, input=config, env=engine_environment(), check=False)
    raise typer.Exit(done.returncode)


@bench.command("engine")
@options(BenchEngineConfig, EngineConfig)
def bench_engine(model: Model = "", **options: Any) -> None:
    """Run the engine alone, without a server: tokens per second, latencies, share of the memory bandwidth."""
    import subprocess

    import msgspec

    from harmonium.checkpoints.catalog import locate
    from harmonium.config import cache_dir, engine_environment

    folder = str(locate(model, cache_dir(), options["load_format"].value).folder)
    configs = (_build(BenchEngineConfig, options), _build(EngineConfig, options, model=folder))
    command = [sys.executable, "-P", "-m", "harmonium.engine.benchmark"]
    done = subprocess.run(command, input=msgspec.msgpack.encode(configs), env=engine_environment(), check=False)
    raise typer.Exit(done.returncode)


def spread(arguments: Sequence[str]) -> list[str]:
    """Let list options take several values in a row, as vLLM's do: the flag is put before each of them."""
    lists = {
        _flag(f.name)
        for config in (ServerConfig, EngineConfig, BenchConfig)
        for f, hint in zip(fields(config), get_type_hints(config).values(), strict=True)
        if hint == tuple[str, ...]
    }
    result: list[str] = []
    flag: str | None = None
    for argument in arguments:
        if argument.startswith("-"):
            flag = argument if argument in lists else None
            result.append(argument)
        elif flag is not None:
            if result[-1] != flag:
                result.append(flag)
            result.append(argument)
        else:
            result.append(argument)
    return result


def main() -> None:
    """The console script: errors that a user can act on are one line, not a traceback."""
    try:
        app(args=spread(sys.argv[1:]))
    except HarmoniumError as error:
        typer.secho(f"harmonium: {error.message}", fg=typer.colors.RED, err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
