"""OpenTelemetry traces, an optional extra: one span for each HTTP request, and in it one for each turn of the model.

Names and attributes are those of OpenTelemetry's conventions for HTTP and for generative AI. A trace says how long what
took and how many tokens it had; prompts and replies are in none. A caller's `traceparent` is continued.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from harmonium import __version__
from harmonium.errors import ConfigError
from harmonium.messages import Request
from harmonium.server.answer import Choice


class Turn(Protocol):
    """One turn of the model."""

    def end(self, first_token: float | None, error: BaseException | None) -> None:
        """The turn is over. `first_token`: seconds from its arrival."""


class Tracing(Protocol):
    """Where spans go."""

    @contextmanager
    def request(self, method: str, headers: Mapping[str, str], request_id: str) -> Iterator[Span]:
        """The span of an HTTP request, current while its context lasts."""
        ...

    def turn(self, model: str, jobs: Sequence[tuple[Request, Choice]], arrived: float) -> Turn:
        """The span of completions that were asked for at `arrived` on the monotonic clock, in the current one."""
        ...

    def close(self) -> None:
        """Send what has not been sent."""


class Span(Protocol):
    def end(self, handler: str, status: int) -> None:
        """What the request turned out to be."""


class NoTracing:
    """Traces nothing."""

    @contextmanager
    def request(self, method: str, headers: Mapping[str, str], request_id: str) -> Iterator[Span]:
        yield _NOTHING

    def turn(self, model: str, jobs: Sequence[tuple[Request, Choice]], arrived: float) -> Turn:
        return _NO_TURN

    def close(self) -> None:
        pass


class _NoSpan:
    def end(self, handler: str, status: int) -> None:
        pass


class _NoTurn:
    def end(self, first_token: float | None, error: BaseException | None) -> None:
        pass


_NOTHING = _NoSpan()
_NO_TURN = _NoTurn()


def tracing_to(endpoint: str) -> Tracing:
    """Traces to a collector at this URL, none where it is empty. ConfigError where the extra is not installed."""
    if not endpoint:
        return NoTracing()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise ConfigError("--otlp-traces-endpoint needs OpenTelemetry: pip install 'harmonium[otel]'.") from None
    resource = Resource.create({"service.name": "harmonium", "service.version": __version__})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    return OpenTelemetry(provider)


class OpenTelemetry:
    """Traces by a `TracerProvider` of OpenTelemetry's SDK."""

    def __init__(self, provider: Any) -> None:
        from opentelemetry import propagate, trace

        self._provider = provider
        self._tracer: Any = provider.get_tracer("harmonium", __version__)
        self._trace = trace
        self._propagate = propagate

    @contextmanager
    def request(self, method: str, headers: Mapping[str, str], request_id: str) -> Iterator[Span]:
        attributes = {"http.request.method": method, "harmonium.request_id": request_id}
        span = self._tracer.start_span(
            method, self._propagate.extract(dict(headers)), self._trace.SpanKind.SERVER, attributes
        )
        with self._trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            yield _RequestSpan(span, method, self._trace)

    def turn(self, model: str, jobs: Sequence[tuple[Request, Choice]], arrived: float) -> Turn:
        sampling = jobs[0][0].sampling
        # OpenTelemetry's clock is the wall's.
        begun = time.time_ns() - round((time.monotonic() - arrived) * 1e9)
        span = self._tracer.start_span(
            f"chat {model}" if jobs[0][0].grammar is not None else f"text_completion {model}",
            kind=self._trace.SpanKind.INTERNAL,
            start_time=begun,
            attributes={
                "gen_ai.operation.name": "chat" if jobs[0][0].grammar is not None else "text_completion",
                "gen_ai.provider.name": "harmonium",
                "gen_ai.request.model": model,
                "gen_ai.response.model": model,
                "gen_ai.request.max_tokens": sampling.max_tokens,
                "gen_ai.request.temperature": sampling.temperature,
                "gen_ai.request.top_p": sampling.top_p,
                "gen_ai.request.choice.count": len(jobs),
            },
        )
        return _TurnSpan(span, jobs, self._trace)

    def close(self) -> None:
        self._provider.shutdown()


class _RequestSpan:
    def __init__(self, span: Any, method: str, trace: Any) -> None:
        self._span = span
        self._method = method
        self._trace = trace

    def end(self, handler: str, status: int) -> None:
        self._span.update_name(f"{self._method} {handler}")
        self._span.set_attribute("http.route", handler)
        self._span.set_attribute("http.response.status_code", status)
        if status >= 500:
            self._span.set_attribute("error.type", str(status))
            self._span.set_status(self._trace.StatusCode.ERROR)


class _TurnSpan:
    def __init__(self, span: Any, jobs: Sequence[tuple[Request, Choice]], trace: Any) -> None:
        self._span = span
        self._jobs = jobs
        self._trace = trace

    def end(self, first_token: float | None, error: BaseException | None) -> None:
        choices = [choice for _, choice in self._jobs]
        attributes: dict[str, Any] = {
            "gen_ai.usage.input_tokens": sum(choice.prompt for choice in choices),
            "gen_ai.usage.output_tokens": sum(choice.completion for choice in choices),
            "gen_ai.usage.cache_read.input_tokens": sum(min(choice.cached, choice.prompt) for choice in choices),
            "gen_ai.usage.reasoning.output_tokens": sum(choice.reasoning for choice in choices),
            "gen_ai.response.finish_reasons": [choice.finish or "abort" for choice in choices],
        }
        if first_token is not None:
            attributes["gen_ai.latency.time_to_first_token"] = first_token
        timings = choices[0].timings
        if timings is not None:
            attributes["gen_ai.latency.time_in_queue"] = timings.queued
            attributes["gen_ai.latency.time_in_model_prefill"] = timings.prefill
            attributes["gen_ai.latency.time_in_model_decode"] = timings.decode
        self._span.set_attributes(attributes)
        if error is not None:
            self._span.set_attribute("error.type", type(error).__name__)
            self._span.set_status(self._trace.StatusCode.ERROR)
        self._span.end()
