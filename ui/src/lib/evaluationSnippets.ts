import { trackingUri } from '~/lib/base'

const head = (experiment: string) => `import mlflow

mlflow.set_tracking_uri(${JSON.stringify(trackingUri())})
mlflow.set_experiment(${JSON.stringify(experiment)})
`

/** A first evaluation, ready to paste, without a judge that costs money. */
export function evaluateSnippet(experiment: string): string {
  return `${head(experiment)}
from mlflow.genai.scorers import scorer

@scorer
def short(outputs) -> bool:
    return len(outputs) < 200

mlflow.genai.evaluate(
    data=[{"inputs": {"question": "What is a trace?"}}],
    predict_fn=lambda question: f"You asked: {question}",
    scorers=[short],
)
`
}

export function datasetSnippet(experimentId: string): string {
  return `import mlflow
from mlflow.genai.datasets import create_dataset

mlflow.set_tracking_uri(${JSON.stringify(trackingUri())})

dataset = create_dataset(name="questions", experiment_id=${JSON.stringify(experimentId)})
dataset.merge_records([
    {"inputs": {"question": "What is a trace?"}, "expectations": {"expected_answer": "…"}},
])
`
}

export function scorerSnippet(experiment: string): string {
  return `${head(experiment)}
from mlflow.genai.judges import make_judge

make_judge(
    name="on_topic",
    instructions="Does {{ outputs }} answer {{ inputs }}? Answer yes or no.",
    model="openai:/gpt-5-mini",
).register()
`
}
