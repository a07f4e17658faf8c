// A trace of very many spans in the browser of someone who opens it.
//
// Usage: node bench/ui/long_trace.mjs SERVER_URL [SPANS]

import { randomBytes } from 'node:crypto'
import { chromium } from '../../ui/node_modules/@playwright/test/index.mjs'
import { framesAt } from './scroll.mjs'

const [url, count = '50000'] = process.argv.slice(2)
const SPANS = Number(count)
const AT_ONCE = 1000

async function call(route, body, headers = {}) {
  const answer = await fetch(url + route, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${route}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}

const text = (key, value) => ({ key, value: { stringValue: value } })
const nano = (millis) => `${Math.round(millis)}000000`

/** Each span but the first is a child of an earlier one, eight of each. */
function spans(traceId, ids, begin, first) {
  return ids.slice(first, first + AT_ONCE).map((spanId, at) => {
    const index = first + at
    return {
      traceId,
      spanId,
      parentSpanId: index === 0 ? '' : ids[Math.floor((index - 1) / 8)],
      name: `step ${index}`,
      startTimeUnixNano: nano(begin + index),
      endTimeUnixNano: nano(begin + index + 40),
      attributes: [
        text('mlflow.spanInputs', JSON.stringify({ question: `what of order ${index}?` })),
        text('mlflow.spanOutputs', JSON.stringify({ answer: 'it is on its way' })),
      ],
    }
  })
}

const { experiment_id: experiment } = await call('/api/2.0/mlflow/experiments/create', {
  name: `long-${Date.now()}`,
})
const traceId = randomBytes(16).toString('hex')
const ids = Array.from({ length: SPANS }, () => randomBytes(8).toString('hex'))
let start = performance.now()
let slowest = 0
for (let first = 0; first < SPANS; first += AT_ONCE) {
  const sent = performance.now()
  const body = { resourceSpans: [{ scopeSpans: [{ spans: spans(traceId, ids, Date.now() - 120_000, first) }] }] }
  await call('/v1/traces', body, { 'x-mlflow-experiment-id': experiment })
  slowest = Math.max(slowest, performance.now() - sent)
}
console.log(`written in ${Math.round(performance.now() - start)} ms, the slowest request ${Math.round(slowest)} ms`)

start = performance.now()
const whole = await fetch(`${url}/api/3.0/mlflow/traces/get?trace_id=tr-${traceId}`).then((answer) => answer.text())
console.log(`read in ${Math.round(performance.now() - start)} ms, ${Math.round(whole.length / 1e6)} MB`)

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu'],
})
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
start = performance.now()
await page.goto(`${url}/experiments/${experiment}/traces?trace=tr-${traceId}`)
const row = page.getByText('step 9', { exact: true })
await row.waitFor({ timeout: 60_000 })
console.log(`on the screen after ${Math.round(performance.now() - start)} ms`)
await row.hover()
const { frames } = await framesAt(page, 120)
console.log(`scrolls with ${frames.toFixed(0)} frames/s`)
start = performance.now()
await page.getByRole('searchbox').last().fill(`step ${SPANS - 1}`)
await page.getByText(`step ${SPANS - 1}`).first().waitFor()
console.log(`found by its name in ${Math.round(performance.now() - start)} ms`)
await browser.close()
