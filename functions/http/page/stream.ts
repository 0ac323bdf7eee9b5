import { Failure, send } from "./api.ts";

/** One server-sent event. */
export interface Sent {
  readonly id: number;
  readonly name: string;
  readonly data: unknown;
}

const waitSeconds = 25;
const againMs = 2_000;

/**
 * What happens to a build, from event `from` on to its end. Read by fetch, because an EventSource cannot send the key in a header;
 * like one, it comes back by itself and says how far it got.
 */
export async function* events(id: string, from: number, signal: AbortSignal): AsyncGenerator<readonly Sent[]> {
  let last = from;
  while (!signal.aborted) {
    try {
      const response = await send(
        "GET builds/{id}/events",
        { params: { id }, query: { wait: waitSeconds } },
        { signal, headers: { "last-event-id": String(last) } },
      );
      if (response.status === 204) return;
      for await (const batch of batches(response)) {
        last = batch.at(-1)?.id ?? last;
        yield batch;
      }
    } catch (error) {
      if (error instanceof Failure && error.status >= 400 && error.status < 500 && error.status !== 429) throw error;
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, againMs));
    }
  }
}

/** The events of a response, as many at a time as came together. */
async function* batches(response: Response): AsyncGenerator<readonly Sent[]> {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    const parts = (rest + (value ?? "")).split("\n\n");
    rest = parts.pop() ?? "";
    const found = parts.map(parsed).filter((one) => one !== undefined);
    if (found.length > 0) yield found;
    if (done) return;
  }
}

function parsed(block: string): Sent | undefined {
  const field = (name: string) =>
    block
      .split("\n")
      .filter((line) => line.startsWith(`${name}: `))
      .map((line) => line.slice(name.length + 2))
      .join("\n");
  const data = field("data");
  return data ? { id: Number(field("id")), name: field("event"), data: JSON.parse(data) } : undefined;
}
