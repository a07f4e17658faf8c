// How long a user waits in the browser, Headwater and the MLflow server side by side on the same data.
//
// Usage: node bench/ui/measure.mjs HEADWATER_BINARY [MLFLOW_PROGRAM] [--runs N] [--rows N] [--write FILE]

import { spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { chromium } from '../../ui/node_modules/@playwright/test/index.mjs'
import { liveDelays } from './live.mjs'
import { framesWhileScrolling } from './scroll.mjs'
import { seed } from './seed.mjs'

// The servers start in a folder of their own, so that their paths must not depend on ours.
const [headwater, reference] = process.argv
  .slice(2)
  .filter((each) => !/^(--|\d)/.test(each) && !each.endsWith('.md'))
  .map((each) => resolve(each))
const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? otherwise : process.argv[at + 1]
}
const RUNS = Number(option('runs', 10_000))
const ROWS = Number(option('rows', 100_000))
const TIMES = 5

const folder = mkdtempSync(join(tmpdir(), 'bench-ui-'))
const children = new Set()

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}

async function start(program, database) {
  const port = await freePort()
  const own = program === reference ? ['--workers', '1'] : []
  const child = spawn(
    program,
    ['server', '--port', String(port), '--backend-store-uri', `sqlite:///${database}`, ...own],
    { cwd: folder, stdio: 'ignore', detached: true },
  )
  children.add(child)
  child.once('exit', () => children.delete(child))
  const url = `http://127.0.0.1:${port}`
  for (let tries = 0; tries < 600; tries += 1) {
    const up = await fetch(`${url}/health`).then((answer) => answer.ok).catch(() => false)
    if (up) return { url, child }
    await new Promise((done) => setTimeout(done, 100))
  }
  throw new Error(`${program} does not come up`)
}

async function stop({ child }) {
  const gone = new Promise((done) => child.once('exit', done))
  process.kill(-child.pid, 'SIGTERM')
  await gone
}

/** Opens a page in a browser that has seen nothing, and tells when a text stands on the screen. */
async function coldLoad(browser, address, wanted) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  await page.addInitScript((text) => {
    const look = () => {
      if (document.body?.innerText.includes(text)) {
        // The frame after this one has it on the screen.
        requestAnimationFrame(() => {
          window.__shown = performance.now()
        })
      } else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  }, wanted)
  const devtools = await context.newCDPSession(page)
  await devtools.send('Network.enable')
  const kinds = new Map()
  let script = 0
  let calls = 0
  devtools.on('Network.responseReceived', ({ requestId, type }) => kinds.set(requestId, type))
  devtools.on('Network.requestWillBeSent', ({ request }) => {
    if (/\/(ajax-api|api|graphql)/.test(new URL(request.url).pathname)) calls += 1
  })
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (kinds.get(requestId) === 'Script') script += encodedDataLength
  })
  await page.goto(address)
  await page.waitForFunction(() => window.__shown !== undefined, undefined, { timeout: 60_000 })
  const shown = await page.evaluate(() => window.__shown)
  await page.waitForTimeout(1000)
  await context.close()
  return { shown, script, calls }
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]

async function coldLoads(browser, address, wanted) {
  const loads = []
  for (let time = 0; time < TIMES; time += 1) loads.push(await coldLoad(browser, address, wanted))
  return {
    shown: median(loads.map((load) => load.shown)),
    script: median(loads.map((load) => load.script)),
    calls: median(loads.map((load) => load.calls)),
  }
}

const kilobytes = (bytes) => `${Math.round(bytes / 1024)} KB`
const row = (name, ...cells) => `| ${[name, ...cells].join(' | ')} |`

async function main() {
  const database = join(folder, 'mlflow.db')
  let server = await start(headwater, database)
  const small = await seed(server.url, 'bench', RUNS)
  await stop(server)
  const same = join(folder, 'same.db')
  copyFileSync(database, same)

  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu'],
  })
  const results = []
  const programs = [['Headwater', headwater, database, '']]
  if (reference) programs.push(['MLflow 3.17.2', reference, same, '#/'])
  for (const [name, program, store, hash] of programs) {
    server = await start(program, store)
    // The first answer of a process is not what users wait for.
    await coldLoad(browser, `${server.url}/${hash}experiments`, 'bench')
    const experiments = await coldLoads(browser, `${server.url}/${hash}experiments`, 'bench')
    const path = hash ? `${hash}experiments/${small.experiment}/runs` : `experiments/${small.experiment}`
    const runs = await coldLoads(browser, `${server.url}/${path}`, small.newest)
    results.push({ name, experiments, runs })
    await stop(server)
  }
  server = await start(headwater, database)
  const live = await liveDelays(browser, server.url)
  const scroll = []
  for (const rows of [RUNS, ROWS].filter((each) => each > 0)) {
    const { experiment } =
      rows === RUNS ? small : await seed(server.url, `bench-${rows}`, rows)
    const results = await framesWhileScrolling(browser, `${server.url}/experiments/${experiment}`, rows)
    scroll.push(...results.map((each) => ({ rows, ...each })))
  }
  await stop(server)
  await browser.close()

  const lines = [
    '# The web page, measured in the browser',
    '',
    `${availableParallelism()} processors, Chromium without a graphics card, SQLite, everything on one machine; medians of ${TIMES} loads by a browser that has nothing in its cache. Both servers have the same data: ${RUNS.toLocaleString('en-US')} runs with 8 params and 5 metrics each. Made by \`bench/ui/measure.mjs\`.`,
    '',
    row('', ...results.map((each) => each.name)),
    row('---', ...results.map(() => '--:')),
    row('List of experiments on the screen', ...results.map((each) => `${Math.round(each.experiments.shown)} ms`)),
    row('Table of runs on the screen', ...results.map((each) => `${Math.round(each.runs.shown)} ms`)),
    row('Script for the list, as it travels', ...results.map((each) => kilobytes(each.experiments.script))),
    row('Script for the table, as it travels', ...results.map((each) => kilobytes(each.runs.script))),
    row('API calls of the list', ...results.map((each) => each.experiments.calls)),
    row('API calls of the table', ...results.map((each) => each.runs.calls)),
    '',
    `From the beginning of a write to the number on the screen of somebody who watches: ${Math.round(live.half)} ms (half of ${live.count}), ${Math.round(live.most)} ms (95 of 100). The MLflow server does not update by itself.`,
    '',
    row('Scrolling through the table', 'Pixels a turn of the wheel, a turn every 16 ms', 'Frames a second', 'Longest pause'),
    row('--:', '--:', '--:', '--:'),
    ...scroll.map(({ rows, speed, frames, longest }) =>
      row(`${rows.toLocaleString('en-US')} rows`, speed, frames.toFixed(0), `${Math.round(longest)} ms`),
    ),
    '',
  ]
  const text = lines.join('\n')
  process.stdout.write(text)
  const file = option('write')
  if (file) writeFileSync(file, text)
}

try {
  await main()
} finally {
  for (const child of children) process.kill(-child.pid, 'SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}
