import { expect, it } from 'vitest'
import {
  answerFields,
  curlOf,
  type OpenApi,
  requestFields,
  routesByTag,
  typeOf,
} from '~/lib/openapi'

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const json = (name: string) => ({ content: { 'application/json': { schema: ref(name) } } })

const DOCUMENT: OpenApi = {
  info: { title: 'x', version: '1' },
  paths: {
    '/api/2.0/mlflow/runs/get': {
      get: {
        operationId: 'a',
        tags: ['runs'],
        parameters: [
          { name: 'run_id', in: 'query', required: true, schema: { type: ['string', 'null'] } },
          { name: 'run_uuid', in: 'query', schema: { type: 'string' } },
        ],
        responses: { '200': json('RunResponse') },
      },
    },
    '/api/2.0/mlflow/experiments/search': {
      post: { operationId: 'b', tags: ['experiments'], requestBody: json('Search') },
    },
  },
  components: {
    schemas: {
      RunResponse: { properties: { run: ref('Run') }, required: ['run'] },
      Run: {
        properties: {
          tags: { type: 'array', items: ref('Tag'), description: 'What it is marked with.' },
          extra: true,
        },
      },
      Tag: { properties: { key: { type: 'string' } } },
      Search: {
        properties: {
          max_results: { type: ['integer', 'null'] },
          order_by: { anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'null' }] },
        },
        required: ['max_results'],
      },
    },
  },
}

it('finds routes by words, in the order of what they are about', () => {
  expect(routesByTag(DOCUMENT, '').map(([tag]) => tag)).toEqual(['experiments', 'runs'])
  expect(routesByTag(DOCUMENT, 'GET runs').map(([tag]) => tag)).toEqual(['runs'])
  expect(routesByTag(DOCUMENT, 'nothing')).toEqual([])
})

it('writes calls with what must be there', () => {
  const calls = routesByTag(DOCUMENT, '').flatMap(([, routes]) =>
    routes.map((route) => curlOf(DOCUMENT, route, 'http://h')),
  )
  expect(calls[0]).toContain("-X POST 'http://h/api/2.0/mlflow/experiments/search'")
  expect(calls[0]).toContain(`-d '{"max_results": 0}'`)
  expect(calls[1]).toBe("curl 'http://h/api/2.0/mlflow/runs/get?run_id='")
})

it('says what messages hold', () => {
  const get = DOCUMENT.paths['/api/2.0/mlflow/runs/get']?.get
  const search = DOCUMENT.paths['/api/2.0/mlflow/experiments/search']?.post
  if (!get || !search) throw new Error('no such route')
  expect(requestFields(DOCUMENT, get)).toMatchObject([
    { name: 'run_id', type: 'string', required: true },
    { name: 'run_uuid', type: 'string', required: false },
  ])
  const [run] = answerFields(DOCUMENT, get)
  expect(run).toMatchObject({ name: 'run', type: 'Run', required: true, inside: ref('Run') })
  expect(requestFields(DOCUMENT, search).map((field) => field.type)).toEqual([
    'integer',
    'string[]',
  ])
  expect(typeOf({ enum: ['OK', 'ERROR'] })).toBe('OK | ERROR')
  expect(typeOf({ type: 'object', additionalProperties: { type: 'string' } })).toBe('map of string')
})
