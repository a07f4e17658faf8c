// Fills a server with runs through its REST API: as many as asked for, each with 8 params and 5 metrics.

const AT_ONCE = 24

export async function seed(url, name, count) {
  const post = async (route, body) => {
    const answer = await fetch(`${url}/api/2.0/mlflow/${route}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${route}: ${answer.status} ${await answer.text()}`)
    return answer.json()
  }
  const { experiment_id: experiment } = await post('experiments/create', { name })
  const start = Date.now() - count * 1000
  let next = 0
  const work = async () => {
    while (next < count) {
      const index = next++
      const { run } = await post('runs/create', {
        experiment_id: experiment,
        run_name: `run-${String(index).padStart(6, '0')}`,
        start_time: start + index * 1000,
        tags: [
          { key: 'mlflow.user', value: ['ada', 'grace', 'linus'][index % 3] },
          { key: 'mlflow.source.name', value: 'train.py' },
        ],
      })
      const key = (prefix) => (_, at) => ({ prefix, at })
      await post('runs/log-batch', {
        run_id: run.info.run_id,
        params: Array.from({ length: 8 }, key('param')).map(({ at }) => ({
          key: `param_${at}`,
          value: String((index * (at + 3)) % 97),
        })),
        metrics: Array.from({ length: 5 }, key('metric')).map(({ at }) => ({
          key: `metric_${at}`,
          value: ((index * (at + 7)) % 1009) / 1009,
          timestamp: start + index * 1000,
          step: 0,
        })),
      })
      await post('runs/update', {
        run_id: run.info.run_id,
        status: 'FINISHED',
        end_time: start + index * 1000 + 900,
      })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return { experiment, newest: `run-${String(count - 1).padStart(6, '0')}` }
}
