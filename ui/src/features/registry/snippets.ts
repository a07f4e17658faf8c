import { trackingUri } from '~/lib/base'

export function loadSnippet(uri: string): string {
  return `import mlflow

mlflow.set_tracking_uri(${JSON.stringify(trackingUri())})
model = mlflow.pyfunc.load_model(
    ${JSON.stringify(uri)}
)
`
}

export function registerSnippet(name: string): string {
  return `import mlflow

mlflow.set_tracking_uri(${JSON.stringify(trackingUri())})

with mlflow.start_run():
    mlflow.sklearn.log_model(
        model,
        name="model",
        registered_model_name=${JSON.stringify(name)},
    )
`
}
