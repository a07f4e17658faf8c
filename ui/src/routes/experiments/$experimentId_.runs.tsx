import { createFileRoute, redirect } from '@tanstack/react-router'

export const Route = createFileRoute('/experiments/$experimentId_/runs')({
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/experiments/$experimentId', params, replace: true })
  },
})
