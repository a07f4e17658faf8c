// What MLflow's TypeScript SDK for tracing sends, by the fetch of Node: the trace, then its spans as a file.
// Times in nanoseconds are whole numbers beyond what JavaScript can count; attributes are values, not texts of JSON.
const host = process.argv[2]
const FILE = '/api/2.0/mlflow-artifacts/artifacts/EXPERIMENT_ID/traces/TRACE_ID/artifacts/traces.json'
const base64 = (hex) => Buffer.from(hex, 'hex').toString('base64')

async function send(method, path, body) {
  const headers = { 'Content-Type': 'application/json' }
  const text = typeof body === 'object' ? JSON.stringify(body) : body
  const answer = await fetch(host + path, { method, headers, body: text })
  await answer.text()
}

const metadata = {
  'mlflow.trace_schema.version': '3',
  'mlflow.trace.tokenUsage': JSON.stringify({ input_tokens: 10, output_tokens: 5, total_tokens: 15 }),
  'mlflow.trace.session': 'session-1',
}
await send('POST', '/api/2.0/mlflow/experiments/create', { name: 'NAME' })
await send('POST', '/api/3.0/mlflow/traces', {
  trace: {
    trace_info: {
      trace_id: 'TRACE_ID',
      client_request_id: 'request-1',
      trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: 'EXPERIMENT_ID' } },
      request_preview: '{"question":"Why?"}',
      response_preview: '"Because."',
      request_time: new Date(1764561234567).toISOString(),
      execution_duration: `${1234 / 1000}s`,
      state: 'OK',
      trace_metadata: metadata,
      tags: { channel: 'web' },
      assessments: [],
    },
  },
})
const span = (id, parent, name, start, end, attributes, events = []) => ({
  trace_id: 'TRACE_BASE64',
  span_id: base64(id),
  parent_span_id: parent ? base64(parent) : '',
  name,
  start_time_unix_nano: `#${start}#`,
  end_time_unix_nano: `#${end}#`,
  status: { code: 'STATUS_CODE_OK', message: '' },
  attributes: { 'mlflow.traceRequestId': 'TRACE_ID', ...attributes },
  events,
})
const spans = [
  span('00f067aa0ba902b7', null, 'answer', '1764561234567000001', '1764561235801000003', {
    'mlflow.spanType': 'CHAIN',
    'mlflow.spanInputs': { question: 'Why?' },
    'mlflow.spanOutputs': 'Because.',
  }),
  span(
    '00f067aa0ba902b8', '00f067aa0ba902b7', 'ask', '1764561234568000001', '1764561235800000003',
    {
      'mlflow.spanType': 'LLM',
      'mlflow.spanInputs': { messages: [{ role: 'user', content: 'Why? 🦘' }] },
      'mlflow.spanOutputs': { text: 'Because.' },
      'mlflow.chat.tokenUsage': { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
      temperature: 0.5,
    },
    [{ name: 'first token', time_unix_nano: '#1764561234600000007#', attributes: { index: 0 } }],
  ),
]
const text = JSON.stringify({ spans }).replaceAll(/"#(\d+)#"/g, '$1')
await send('PUT', FILE, text)
await send('GET', '/api/3.0/mlflow/traces/TRACE_ID')
await send('GET', FILE)
