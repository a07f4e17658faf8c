import { trackingUri } from '~/lib/base'

/** A first run, ready to paste; into the named experiment where one is given. */
export function firstRunSnippet(experiment = 'my-experiment'): string {
  return `import mlflow

mlflow.set_tracking_uri(${JSON.stringify(trackingUri())})
mlflow.set_experiment(${JSON.stringify(experiment)})

with mlflow.start_run():
    mlflow.log_param("learning_rate", 0.001)
    for step in range(100):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
`
}
