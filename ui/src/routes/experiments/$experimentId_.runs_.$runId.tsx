import { createFileRoute, redirect } from '@tanstack/react-router'

export const Route = createFileRoute('/experiments/$experimentId_/runs_/$runId')({
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/runs/$runId', params: { runId: params.runId }, replace: true })
  },
})
