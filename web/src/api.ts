// The server's own public API. Addresses are relative, so that the page works behind a proxy's prefix.

import { signal } from "@preact/signals";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { settings } from "./store";

/** Whether the server has asked for a key that it was not given. */
export const refused = signal(false);

export class Failure extends Error {
  constructor(message: string, readonly status: number) {
    super(message);
  }
}

export async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  // Header values are bytes: the UTF-8 ones of the key, each as a character.
  const key = String.fromCharCode(...new TextEncoder().encode(settings.value.key));
  if (key) headers.set("authorization", `Bearer ${key}`);
  const response = await fetch(path, { ...init, headers });
  if (response.status === 401) refused.value = true;
  if (!response.ok) throw new Failure(await reason(response), response.status);
  return response;
}

async function reason(response: Response): Promise<string> {
  const text = await response.text();
  try {
    return (JSON.parse(text) as { error: { message: string } }).error.message;
  } catch {
    return `${response.status} ${response.statusText}`;
  }
}

export interface Model {
  id: string;
  description?: string;
  max_model_len?: number;
}

export async function models(): Promise<Model[]> {
  return ((await (await call("v1/models")).json()) as { data: Model[] }).data;
}

export interface Chunk {
  choices: {
    delta: {
      content?: string;
      reasoning_content?: string;
      tool_calls?: { index: number; id?: string; function: { name?: string; arguments: string } }[];
      executed_tools?: { index: number; server_label: string; name: string; arguments: string; output: string }[];
    };
    finish_reason: string | null;
  }[];
  usage?: {
    prompt_tokens: number;
    completion_tokens: number;
    prompt_tokens_details: { cached_tokens: number };
  } | null;
  error?: { message: string };
}

/** The chunks of a reply as they come; a Failure where the server fails or goes away midway. */
export async function* stream(body: object, signal: AbortSignal): AsyncGenerator<Chunk> {
  const stream_options = { include_usage: true, continuous_usage_stats: true };
  const response = await call("v1/chat/completions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...body, stream: true, stream_options }),
    signal,
  });
  const text = response.body!.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>);
  const reader = text.pipeThrough(new EventSourceParserStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) throw new Failure("The connection ended before the reply did.", 0);
      if (value.data === "[DONE]") return;
      const chunk = JSON.parse(value.data) as Chunk;
      if (chunk.error) throw new Failure(chunk.error.message, 500);
      yield chunk;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
