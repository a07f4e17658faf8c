// Frames a second while a hand turns the wheel.

const SECONDS = 5

/** Pixels that the table moves with each turn: a fast hand's, about four rows; and a whole screen. */
export const SPEEDS = [120, 900]

/** For each speed the frames a second and the longest pause in milliseconds. */
export async function framesWhileScrolling(browser, address, rows) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  await page.goto(address)
  const table = page.getByRole('table')
  await table.waitFor()
  // Down to the end of what is loaded, again and again, until all of it is.
  await page.waitForFunction(
    (wanted) => {
      const table = document.querySelector('table[aria-rowcount]')
      const scroller = table?.parentElement
      if (!scroller) return false
      if (Number(table.getAttribute('aria-rowcount')) > wanted) return true
      scroller.scrollTop = scroller.scrollHeight
      return false
    },
    rows,
    { timeout: 280_000, polling: 50 },
  )
  await table.hover()
  const results = []
  for (const speed of SPEEDS) {
    await page.evaluate(() => {
      document.querySelector('table').parentElement.scrollTop = 0
    })
    await page.waitForTimeout(500)
    results.push({ speed, ...(await framesAt(page, speed)) })
  }
  await page.close()
  return results
}

/** Frames a second while the wheel turns over what the pointer is on. */
export async function framesAt(page, speed) {
  const frames = page.evaluate(
    (seconds) =>
      new Promise((done) => {
        const times = []
        const begin = performance.now()
        const tick = (now) => {
          times.push(now)
          if (now - begin < seconds * 1000) requestAnimationFrame(tick)
          else {
            const gaps = times.slice(1).map((time, index) => time - times[index])
            done({ frames: times.length / seconds, longest: Math.max(...gaps) })
          }
        }
        requestAnimationFrame(tick)
      }),
    SECONDS,
  )
  const end = Date.now() + SECONDS * 1000
  while (Date.now() < end) {
    await page.mouse.wheel(0, speed)
    await page.waitForTimeout(16)
  }
  return frames
}
