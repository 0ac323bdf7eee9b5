import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Failure, type ShownProblem, shown } from "./api.ts";

/** Something that is read, or why it could not be. */
export interface Loaded<T> {
  readonly value?: T;
  readonly problem?: ShownProblem;
  reload(): void;
}

/** How long to wait after a failure that may pass, in ms. */
const retryMs = 3_000;

/**
 * Reads on entering and whenever `about` changes, and again after the ms that `again` says, while it says any; what was read before
 * stays in sight meanwhile, and when reading fails.
 */
export function useLoaded<T>(
  read: (signal: AbortSignal) => Promise<T>,
  about: readonly unknown[],
  again: (value: T) => number | undefined = () => undefined,
): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, "reload">>({});
  const [turn, setTurn] = useState(0);
  useWhileOpen(
    async (signal) => {
      for (let wait: number | undefined = 0; wait !== undefined; ) {
        if (wait > 0) await pause(wait, signal);
        try {
          const value = await read(signal);
          if (signal.aborted) return;
          setState({ value });
          wait = again(value);
        } catch (error) {
          if (signal.aborted) return;
          setState((last) => ({ ...last, problem: shown(error) }));
          wait = mayPass(error) ? retryMs : undefined;
        }
      }
    },
    [...about, turn],
  );
  return { ...state, reload: () => setTurn((n) => n + 1) };
}

const mayPass = (error: unknown) =>
  error instanceof Failure && (error.status === 0 || error.status === 429 || error.status >= 500);

interface Page<T> {
  readonly value: readonly T[];
  readonly nextLink?: string;
}

/** What `first` shows and what came before it, page by page; `older` is there while there is more. Give the view a key to forget it. */
export function useOlder<T extends { readonly id: string }>(
  first: Page<T> | undefined,
  read: (cursor: string) => Promise<Page<T>>,
): { readonly all: readonly T[]; readonly older?: () => Promise<void> } {
  const [past, setPast] = useState<Page<T>>();
  const nextLink = past ? past.nextLink : first?.nextLink;
  const ids = new Set((first?.value ?? []).map(({ id }) => id));
  const all = [...(first?.value ?? []), ...(past?.value ?? []).filter(({ id }) => !ids.has(id))];
  if (nextLink === undefined) return { all };
  const older = async () => {
    const found = await read(new URL(nextLink).searchParams.get("cursor") ?? "");
    setPast({ ...found, value: [...(past?.value ?? []), ...found.value] });
  };
  return { all, older };
}

/** Runs `work` while the view is open; its signal says when it is left. */
export function useWhileOpen(work: (signal: AbortSignal) => Promise<void>, about: readonly unknown[]): void {
  useEffect(() => {
    const leaving = new AbortController();
    void work(leaving.signal).catch(() => {});
    return () => leaving.abort();
  }, about);
}

/** The width in pixels of the element that `ref` is put on. */
export function useWidth(): { readonly ref: (element: Element | null) => void; readonly width: number } {
  const [width, setWidth] = useState(800);
  const observer = useRef<ResizeObserver | null>(null);
  const ref = useCallback((element: Element | null) => {
    observer.current?.disconnect();
    if (!element) return;
    observer.current = new ResizeObserver(([entry]) => entry && setWidth(Math.round(entry.contentRect.width)));
    observer.current.observe(element);
  }, []);
  return { ref, width };
}

/** Renders again every `ms`, for what moves by the clock alone. */
export function useClock(ms: number, running: boolean): void {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => tick((n) => n + 1), ms);
    return () => clearInterval(timer);
  }, [running]);
}

/** Milliseconds from now, or sooner if `signal` says so. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener("abort", end, { once: true });
  });
