import { createFileRoute } from '@tanstack/react-router'
import * as v from 'valibot'
import { list } from '~/lib/search'

export const Route = createFileRoute('/compare')({
  validateSearch: v.object({ runs: list() }),
  component: () => null,
})
