import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { type ShownProblem, shown } from "./api.ts";

/** Something that is read, or why it could not be. */
export interface Loaded<T> {
  readonly value?: T;
  readonly problem?: ShownProblem;
  reload(): void;
}

/** Reads on entering and whenever `about` changes; what was read before stays in sight meanwhile. */
export function useLoaded<T>(read: (signal: AbortSignal) => Promise<T>, about: readonly unknown[]): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, "reload">>({});
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const leaving = new AbortController();
    const say = (next: typeof state) => !leaving.signal.aborted && setState(next);
    read(leaving.signal).then(
      (value) => say({ value }),
      (error: unknown) => say({ problem: shown(error) }),
    );
    return () => leaving.abort();
  }, [...about, turn]);
  return { ...state, reload: () => setTurn((n) => n + 1) };
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
