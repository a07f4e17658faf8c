// A program with the AI SDK whose spans go to the server: an answer after a tool, a stream, an object, an embedding.
//   node vercel_ai.mjs URL EXPERIMENT semantic|legacy
import { LegacyOpenTelemetry, OpenTelemetry } from '@ai-sdk/otel'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { embed, generateText, Output, registerTelemetry, simulateReadableStream, stepCountIs, streamText, tool } from 'ai'
import { MockEmbeddingModelV4, MockLanguageModelV4 } from 'ai/test'
import { z } from 'zod'

const [url, experiment, form] = process.argv.slice(2)
const legacy = form === 'legacy'
const Exporter = legacy ? JsonExporter : ProtobufExporter
const exporter = new Exporter({ url: `${url}/v1/traces`, headers: { 'x-mlflow-experiment-id': experiment } })
const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'shop' }),
  spanProcessors: [new BatchSpanProcessor(exporter)],
})
provider.register()
registerTelemetry(legacy ? new LegacyOpenTelemetry() : new OpenTelemetry())

const usage = (input, output) => ({
  inputTokens: { total: input, noCache: input, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: output, text: output, reasoning: undefined },
})
const stop = { unified: 'stop', raw: undefined }
const say = (text, input, output) => ({
  content: [{ type: 'text', text }],
  finishReason: stop,
  usage: usage(input, output),
  warnings: [],
})
const call = { type: 'tool-call', toolCallId: 'call-1', toolName: 'weather', input: '{"town":"Bergen"}' }
const answers = [
  { content: [call], finishReason: { unified: 'tool-calls', raw: undefined }, usage: usage(7, 3), warnings: [] },
  say('It rains in Bergen.', 12, 5),
]
const model = (settings) => new MockLanguageModelV4({ provider: 'openai.chat', modelId: 'gpt-4o-mini', ...settings })
const weather = tool({
  description: 'The weather of a town.',
  inputSchema: z.object({ town: z.string() }),
  execute: async ({ town }) => ({ town, rain: true }),
})
const telemetry = (functionId) => ({ telemetry: { functionId } })

const answer = await generateText({
  model: model({ doGenerate: async () => answers.shift() }),
  tools: { weather },
  stopWhen: stepCountIs(3),
  temperature: 0.25,
  prompt: 'Is it raining in Bergen?',
  ...telemetry('forecast'),
})
if (answer.text !== 'It rains in Bergen.') throw new Error(answer.text)

const stream = streamText({
  model: model({
    doStream: async () => ({
      stream: simulateReadableStream({
        chunks: [
          { type: 'text-start', id: '1' },
          ...['Hello', ', ', 'wörld 🦘'].map((delta) => ({ type: 'text-delta', id: '1', delta })),
          { type: 'text-end', id: '1' },
          { type: 'finish', finishReason: stop, usage: usage(3, 10) },
        ],
      }),
    }),
  }),
  prompt: 'Hello?',
  ...telemetry('stream'),
})
await stream.consumeStream()

await generateText({
  model: model({ doGenerate: async () => say('{"name":"Ann","age":9007199254740991}', 4, 6) }),
  output: Output.object({ schema: z.object({ name: z.string(), age: z.number() }) }),
  prompt: 'Who?',
  ...telemetry('object'),
})

const embedding = async () => ({ embeddings: [[0.5, -1e-7, 3]], usage: { tokens: 2 }, warnings: [] })
await embed({
  model: new MockEmbeddingModelV4({ provider: 'openai', modelId: 'text-embedding-3-small', doEmbed: embedding }),
  value: 'two words',
  ...telemetry('embedding'),
})

await generateText({
  model: model({ doGenerate: () => Promise.reject(new Error('The model does not like you.')) }),
  prompt: 'Now?',
  maxRetries: 0,
  ...telemetry('refused'),
}).catch(() => {})
await provider.shutdown()
