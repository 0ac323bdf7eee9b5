import { useEffect, useRef, useState } from "preact/hooks";
import { Failure, type ShownProblem, send, shown } from "./api.ts";
import { pause, useWhileOpen } from "./hooks.ts";
import { html } from "./html.ts";
import { Empty, Trouble } from "./parts.ts";

/** Last lines that are shown, and how often a running build's log is read (the app keeps what it read as long). */
const tail = 400;
const everyMs = 5_000;

/** The end of a build's log, following while it runs. */
export function Log({ id, over }: { readonly id: string; readonly over: boolean }) {
  const [text, setText] = useState<string>();
  const [problem, setProblem] = useState<ShownProblem>();
  const [follow, setFollow] = useState(true);
  const box = useRef<HTMLPreElement>(null);
  useWhileOpen(
    async (signal) => {
      do {
        try {
          setText(await (await send("GET builds/{id}/log", { params: { id }, query: { tail } }, { signal })).text());
          setProblem(undefined);
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof Failure && error.status === 404)) setProblem(shown(error));
        }
        await pause(everyMs, signal);
      } while (!over && !signal.aborted);
    },
    [id, over],
  );
  useEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [text, follow]);
  if (problem) return html`<${Trouble} problem=${problem} />`;
  if (text === undefined)
    return html`<${Empty}>${over ? "This build left no log." : "The log begins with the service's stage “building”."}<//>`;
  return html`
    <label class="inline"><input type="checkbox" checked=${follow} onChange=${(event: Event) => setFollow((event.target as HTMLInputElement).checked)} /> Follow</label>
    <pre class="log" ref=${box} tabindex="0" role="region" aria-label="Log, last ${tail} lines">${text}</pre>
  `;
}
