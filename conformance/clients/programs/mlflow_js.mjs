// What a user of the npm package `mlflow` does. Its answers go to standard output as JSON, which its own words precede.
//   node mlflow_js.mjs URL NAME
import mlflow from 'mlflow'
import enums from 'mlflow/enum.js'

const [endpoint, name] = process.argv.slice(2)
const { Artifacts, Experiments, Metrics, Runs } = new mlflow({ endpoint, headers: { 'X-Team': 'shop' } })

const { experiment_id } = await Experiments.create({ name })
const tags = [{ key: 'language', value: 'JavaScript' }]
const { run } = await Runs.create({ experiment_id, user_id: 'zoe', start_time: 1764561230000, tags })
const { run_id } = run.info
await Runs.logMetric({ run_id, key: 'loss', value: 1e-7, timestamp: 1764561234567, step: 0 })
await Runs.logMetric({ run_id, key: 'loss', value: 1e21, timestamp: 1764561234568, step: 2 ** 40 })
await Runs.logMetric({ run_id, key: 'loss', value: 0.1 + 0.2, timestamp: 1764561234569 })
await Runs.logParameter({ run_id, key: 'rate', value: '0.001' })
await Runs.setTag({ run_id, key: 'kind', value: 'ünïcode 🦘' })
await Runs.setTag({ run_id, key: 'draft', value: 'yes' })
await Runs.deleteTag({ run_id, key: 'draft' })
await Runs.logBatch({
  run_id,
  metrics: [{ key: 'accuracy', value: 0.5, timestamp: 1764561234567, step: 1 }],
  params: [{ key: 'seed', value: '42' }],
  tags: [{ key: 'batch', value: '1' }],
})
const found = await Runs.search({
  experiment_ids: [experiment_id],
  filter: 'metrics.accuracy > 0.4',
  run_view_type: enums.ViewType.ACTIVE_ONLY,
  max_results: 10,
})
const history = await Metrics.getHistory({ run_id, metric_key: 'loss' })
const listed = await Artifacts.list({ run_id })
await Runs.update({ run_id, status: 'FINISHED', end_time: 1764561300000 })
const got = await Runs.get({ run_id })
const experiment = await Experiments.get({ experiment_id })
await Runs.delete({ run_id })
const deleted = await Runs.get({ run_id })
await Runs.restore({ run_id })
const refusal = await Runs.get({ run_id: 'missing' }).catch((error) => String(error))
console.log(JSON.stringify({ experiment_id, run_id, found, history, listed, got, experiment, deleted, refusal }))
