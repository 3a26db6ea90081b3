/**
 * OpenTelemetry traces, when an endpoint is configured: a span for each call of a tool, and under it one for each scan
 * that it started. The SDK is loaded only then; it is an optional peer, 20 MB that most installations never use.
 */
import { type Context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { errorTypeOf } from '../core/error-type.ts';
import { type ErrorCode, PortolanError } from '../core/errors.ts';

export interface Tracing {
  /**
   * @param call.traceparent the trace it goes on with, if there is one.
   * @returns our own span, as the next service is told of it.
   */
  callStarted(call: { id: string; tool: string; caller: string; traceparent?: string | undefined }): string;
  callEnded(callId: string, code: ErrorCode | undefined): void;
  /** @param callId the call that asked for it, if that is known. */
  scanStarted(scan: {
    taskId: string;
    tool: string;
    argv: readonly string[];
    callId?: string | undefined;
  }): void;
  scanEnded(taskId: string, state: string, code: ErrorCode | undefined): void;
  /** Sends what has not been sent yet. */
  close(): Promise<void>;
}

/** Contexts of ended calls that a later scan may belong to. */
const MOST_CONTEXTS = 1000;

/** @throws PortolanError `invalid_config` when the SDK is not installed. */
export async function createTracing(endpoint: string, version: string): Promise<Tracing> {
  const [{ BatchSpanProcessor, TracerProvider }, { OTLPTraceExporter }, { resourceFromAttributes }] =
    await loadSdk();
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'portolan', 'service.version': version }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url: endpoint }),
        scheduledDelayMillis: 1000,
      }),
    ],
  });
  const tracer = provider.getTracer('portolan', version);
  const calls = new Map<string, Span>();
  const contexts = new Map<string, Context>();
  const scans = new Map<string, Span>();

  function end(span: Span, code: ErrorCode | undefined): void {
    if (code !== undefined) {
      span.setAttributes({ 'error.type': errorTypeOf(code), 'portolan.error': code });
      span.setStatus({ code: SpanStatusCode.ERROR, message: code });
    }
    span.end();
  }

  return {
    callStarted({ id, tool, caller, traceparent }) {
      const span = tracer.startSpan(
        `tools/call ${tool}`,
        {
          kind: SpanKind.SERVER,
          attributes: {
            'mcp.method.name': 'tools/call',
            'gen_ai.tool.name': tool,
            'enduser.id': caller,
            'portolan.correlation_id': id,
          },
        },
        parentOf(traceparent),
      );
      calls.set(id, span);
      contexts.set(id, trace.setSpan(ROOT_CONTEXT, span));
      const [oldest] = contexts.keys();
      if (contexts.size > MOST_CONTEXTS && oldest !== undefined) contexts.delete(oldest);
      const { traceId, spanId, traceFlags } = span.spanContext();
      return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
    },
    callEnded(callId, code) {
      const span = calls.get(callId);
      if (!span) return;
      calls.delete(callId);
      end(span, code);
    },
    scanStarted({ taskId, tool, argv, callId }) {
      scans.get(taskId)?.end();
      const span = tracer.startSpan(
        `scan ${tool}`,
        {
          kind: SpanKind.CLIENT,
          attributes: {
            'portolan.task_id': taskId,
            'process.command_args': [...argv],
            ...(callId === undefined ? {} : { 'portolan.correlation_id': callId }),
          },
        },
        (callId === undefined ? undefined : contexts.get(callId)) ?? ROOT_CONTEXT,
      );
      scans.set(taskId, span);
    },
    scanEnded(taskId, state, code) {
      const span = scans.get(taskId);
      if (!span) return;
      scans.delete(taskId);
      span.setAttribute('portolan.task_state', state);
      end(span, code);
    },
    close: () => provider.shutdown(),
  };
}

/** A span of somebody else's (core/origin has looked at its form). */
function parentOf(traceparent: string | undefined): Context {
  const [, traceId, spanId, flags] = traceparent?.split('-') ?? [];
  if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(flags ?? '', 16);
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

function loadSdk() {
  return Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]).catch((cause: unknown) => {
    throw new PortolanError(
      'invalid_config',
      'metrics.tracesEndpoint is set, but the OpenTelemetry SDK is not installed.',
      'Install the packages of the SDK beside Portolan (docs/observability.md lists them), or leave the setting out.',
      { cause },
    );
  });
}
