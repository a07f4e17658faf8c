import { trackingUri } from '~/lib/base'

/** A first trace, ready to paste, by MLflow's own client. */
export function firstTraceSnippet(experiment: string): string {
  return `import mlflow

mlflow.set_tracking_uri(${JSON.stringify(trackingUri())})
mlflow.set_experiment(${JSON.stringify(experiment)})

@mlflow.trace
def answer(question: str) -> str:
    return f"You asked: {question}"

answer("What is a trace?")
`
}

/** What an OpenTelemetry SDK or Collector has to be told. */
export function otlpSnippet(experimentId: string): string {
  return `export OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${trackingUri()}/v1/traces
export OTEL_EXPORTER_OTLP_TRACES_HEADERS=x-mlflow-experiment-id=${experimentId}
export OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf
`
}

/** A conversation of several traces. */
export function sessionSnippet(experiment: string): string {
  return `import mlflow

mlflow.set_tracking_uri(${JSON.stringify(trackingUri())})
mlflow.set_experiment(${JSON.stringify(experiment)})

@mlflow.trace
def chat(message: str, session: str) -> str:
    mlflow.update_current_trace(metadata={"mlflow.trace.session": session})
    return f"You said: {message}"

chat("Hello", session="chat-1")
chat("How are you?", session="chat-1")
`
}
