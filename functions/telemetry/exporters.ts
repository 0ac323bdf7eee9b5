import type { TokenCredential } from "@azure/core-auth";
import { AzureMonitorMetricExporter, AzureMonitorTraceExporter } from "@azure/monitor-opentelemetry-exporter";
import { context, metrics, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader, type PushMetricExporter } from "@opentelemetry/sdk-metrics";
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanExporter,
} from "@opentelemetry/sdk-trace-base";
import manifest from "../../package.json" with { type: "json" };

/** Where to, and as whom. */
export interface ExportTo {
  readonly connectionString?: string;
  readonly otlpEndpoint?: string;
  readonly environment: string;
  readonly credential: TokenCredential;
}

/**
 * Gives the OpenTelemetry API somebody who listens. All traces are kept, or as many as OTEL_TRACES_SAMPLER says: `traceidratio`
 * decides by the trace's id, so what belongs together, and is tried again, shares one fate.
 */
export function startExport(to: ExportTo): { readonly stop: () => Promise<void> } {
  const resource = resourceFromAttributes({
    "service.name": "goldsmith",
    "service.version": manifest.version,
    "service.instance.id": process.env.WEBSITE_INSTANCE_ID ?? String(process.pid),
    "deployment.environment.name": to.environment,
  });
  const exporters = exportersOf(to);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const spanProcessors = exporters.map(({ spans }) => new BatchSpanProcessor(spans));
  const tracers = new BasicTracerProvider({ resource, spanProcessors, ...sampling() });
  trace.setGlobalTracerProvider(tracers);
  const readers = exporters.map(({ measures }) => new PeriodicExportingMetricReader({ exporter: measures }));
  const meters = new MeterProvider({ resource, readers });
  metrics.setGlobalMeterProvider(meters);
  return {
    async stop() {
      await Promise.allSettled([tracers.shutdown(), meters.shutdown()]);
    },
  };
}

/** The host marks its traces as unsampled where nobody but Application Insights asks it, so that mark is no reason to drop ours. */
const sampling = () => (process.env.OTEL_TRACES_SAMPLER ? {} : { sampler: new AlwaysOnSampler() });

interface Exporters {
  readonly spans: SpanExporter;
  readonly measures: PushMetricExporter;
}

function exportersOf({ connectionString, otlpEndpoint, credential }: ExportTo): readonly Exporters[] {
  // Spans may be lost with an instance; files on a disk that goes as well would not help.
  const azure = { connectionString: connectionString ?? "", credential, disableOfflineStorage: true };
  return [
    ...(connectionString
      ? [{ spans: new AzureMonitorTraceExporter(azure), measures: new AzureMonitorMetricExporter(azure) }]
      : []),
    // These read their address and headers from the standard variables.
    ...(otlpEndpoint ? [{ spans: new OTLPTraceExporter(), measures: new OTLPMetricExporter() }] : []),
  ];
}
