import {
  type Attributes,
  context,
  metrics,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";

/** What is counted and measured. Names, units and attributes are a contract: docs/operations.md, the workbook and the alerts use them. */
export const measures = {
  "goldsmith.builds": { kind: "count", means: "Builds that ended, by outcome and by who began them" },
  "goldsmith.arm.requests": {
    kind: "count",
    means: "Requests to Azure Resource Manager, by method, provider and status",
  },
  "goldsmith.arm.throttles": { kind: "count", means: "Requests that Azure Resource Manager answered 429, by provider" },
  "goldsmith.detection.latency": { kind: "seconds", means: "From the end of a run to the moment Goldsmith saw it" },
  "goldsmith.propagation.wait": {
    kind: "seconds",
    means: "Age of the youngest grant of a build when it was seen to work",
  },
  "goldsmith.notification.latency": {
    kind: "seconds",
    means: "From an event to the moment a target took it, by target",
  },
  "goldsmith.audit.findings": { kind: "count", means: "Findings that an audit saw for the first time" },
} as const satisfies Readonly<Record<string, { readonly kind: "count" | "seconds"; readonly means: string }>>;

type Measure = keyof typeof measures;

const name = "goldsmith";

/** Adds to a count, or notes a length in seconds. Without an exporter it costs nothing. Never in an orchestrator: a replay would count again. */
export function measure(which: Measure, value: number, attributes: Attributes = {}): void {
  const { kind, means: description } = measures[which];
  // The API has no stand-in that a later provider would fill, so the instrument is asked for each time; the SDK keeps one.
  const meter = metrics.getMeter(name);
  if (kind === "count") meter.createCounter(which, { description }).add(value, attributes);
  else meter.createHistogram(which, { description, unit: "s" }).record(value, attributes);
}

/** Seconds from an ISO time until now, never negative: clocks differ a little. */
export const secondsSince = (at: string): number => Math.max(0, (Date.now() - Date.parse(at)) / 1000);

/** What a span is about. */
export interface SpanAbout {
  readonly kind?: "internal" | "client";
  readonly attributes?: Attributes;
  /** W3C headers of the caller, as the Functions host gives them. */
  readonly parent?: { readonly traceParent?: string | undefined; readonly traceState?: string | undefined } | undefined;
}

/**
 * Runs work inside a span; what it does in turn hangs below. A failure is told by its type alone: a message may be anybody's text.
 * For activities, handlers and requests only: an orchestrator is replayed.
 */
export function inSpan<T>(title: string, about: SpanAbout, work: (span: Span) => Promise<T>): Promise<T> {
  const { kind = "internal", attributes = {}, parent } = about;
  const above = parent?.traceParent
    ? propagation.extract(context.active(), { traceparent: parent.traceParent, tracestate: parent.traceState ?? "" })
    : context.active();
  const options = { kind: kind === "client" ? SpanKind.CLIENT : SpanKind.INTERNAL, attributes };
  return trace.getTracer(name).startActiveSpan(title, options, above, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      fail(span, error instanceof Error ? error.name : "unknown");
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Marks a span as failed, with a low-cardinality reason. */
export function fail(span: Span, reason: string): void {
  span.setAttribute("error.type", reason);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
