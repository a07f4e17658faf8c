import { type Message, variablesOf } from '~/features/prompts/prompt'
import { trackingUri } from '~/lib/base'

const HEAD = () => `import mlflow

mlflow.set_tracking_uri(${JSON.stringify(trackingUri())})
`

/** Loads a prompt and fills it. */
export function promptSnippet(name: string, handle: string, template: string | Message[]): string {
  const values = variablesOf(template)
    .map((variable) => `${variable.replaceAll('.', '_')}="…"`)
    .join(', ')
  return `${HEAD()}prompt = mlflow.genai.load_prompt(
    ${JSON.stringify(`prompts:/${name}${handle}`)}
)
text = prompt.format(${values})
`
}

export function firstPromptSnippet(): string {
  return `${HEAD()}
mlflow.genai.register_prompt(
    name="support-answer",
    template="Answer in one sentence: {{ question }}",
    commit_message="First try",
)
`
}
