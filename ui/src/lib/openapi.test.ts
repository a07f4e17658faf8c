import { expect, it } from 'vitest'
import { curlOf, type OpenApi, routesByTag } from '~/lib/openapi'

const DOCUMENT: OpenApi = {
  info: { title: 'x', version: '1' },
  paths: {
    '/api/2.0/mlflow/runs/get': {
      get: { operationId: 'a', tags: ['runs'], parameters: [{ name: 'run_id', in: 'query' }] },
    },
    '/api/2.0/mlflow/experiments/search': {
      post: {
        operationId: 'b',
        tags: ['experiments'],
        requestBody: { content: { 'application/json': { schema: {} } } },
      },
    },
  },
}

it('finds routes by words, in the order of what they are about', () => {
  expect(routesByTag(DOCUMENT, '').map(([tag]) => tag)).toEqual(['experiments', 'runs'])
  expect(routesByTag(DOCUMENT, 'GET runs').map(([tag]) => tag)).toEqual(['runs'])
  expect(routesByTag(DOCUMENT, 'nothing')).toEqual([])
})

it('writes calls', () => {
  const calls = routesByTag(DOCUMENT, '').flatMap(([, routes]) =>
    routes.map((route) => curlOf(route, 'http://h')),
  )
  expect(calls[0]).toContain("-X POST 'http://h/api/2.0/mlflow/experiments/search'")
  expect(calls[1]).toBe("curl 'http://h/api/2.0/mlflow/runs/get?run_id='")
})
