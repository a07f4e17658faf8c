// How long a written metric takes to the screen of somebody who watches.

const WRITES = 60

export async function liveDelays(browser, url) {
  const post = async (route, body) => {
    const answer = await fetch(`${url}/api/2.0/mlflow/${route}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return answer.json()
  }
  const { experiment_id: experiment } = await post('experiments/create', { name: 'bench-live' })
  const { run } = await post('runs/create', { experiment_id: experiment, start_time: Date.now() })
  const write = (value, step) =>
    post('runs/log-metric', {
      run_id: run.info.run_id,
      key: 'loss',
      value,
      timestamp: Date.now(),
      step,
    })
  await write(1000, 0)
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  await page.goto(`${url}/experiments/${experiment}`)
  await page.getByText('· live').waitFor()
  const delays = []
  for (let step = 1; step <= WRITES; step += 1) {
    const value = 1000 + step
    const text = value.toLocaleString('en-US')
    const shown = page.evaluate(
      (wanted) =>
        new Promise((done) => {
          const look = () => {
            const there = [...document.querySelectorAll('td')].some((cell) =>
              cell.textContent.includes(wanted),
            )
            if (there) requestAnimationFrame(() => done(Date.now()))
            else requestAnimationFrame(look)
          }
          look()
        }),
      text,
    )
    // Not in step with the server's own rhythm.
    await new Promise((done) => setTimeout(done, (step * 37) % 250))
    const begin = Date.now()
    await write(value, step)
    delays.push((await shown) - begin)
  }
  await page.close()
  delays.sort((a, b) => a - b)
  return {
    count: WRITES,
    half: delays[Math.floor(WRITES / 2)],
    most: delays[Math.ceil(WRITES * 0.95) - 1],
  }
}
