import { expect, it } from 'vitest'
import { groupSessions } from '~/features/traces/sessions/group'
import { aTrace } from '~/lib/samples'
import type { Trace } from '~/lib/traces'

const turn = (session: string | undefined, minute: number, rest: Partial<Trace> = {}) =>
  aTrace(`${session}-${minute}`, {
    request_time: `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z`,
    execution_duration: '1.5s',
    request_preview: `at ${minute}`,
    trace_metadata: session ? { 'mlflow.trace.session': session } : {},
    ...rest,
  })

it('groups the turns of sessions, the latest first', () => {
  const sessions = groupSessions([
    turn('b', 30),
    turn('a', 20),
    turn(undefined, 19),
    turn('b', 10, { state: 'ERROR' }),
  ])
  expect(
    sessions.map(({ id, turns, errors, request, duration }) => [
      id,
      turns,
      errors,
      request,
      duration,
    ]),
  ).toEqual([
    ['b', 2, 1, 'at 10', 3000],
    ['a', 1, 0, 'at 20', 1500],
  ])
})
