/** Answers kept for `minutes` in this process: what many builds ask for at once is asked for once. A failure is forgotten. */
export function forMinutes<T>(minutes: number): (key: string, ask: () => Promise<T>) => Promise<T> {
  const kept = new Map<string, { readonly until: number; readonly answer: Promise<T> }>();
  return (key, ask) => {
    const now = Date.now();
    for (const [old, { until }] of kept) if (until < now) kept.delete(old);
    const known = kept.get(key)?.answer;
    if (known) return known;
    const answer = ask();
    kept.set(key, { until: now + minutes * 60_000, answer });
    answer.catch(() => kept.delete(key));
    return answer;
  };
}
