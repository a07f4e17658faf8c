import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Sparkles } from 'lucide-react'
import { Button } from '~/components/Button'
import { notifyError } from '~/components/Toasts'
import { post } from '~/lib/api'

/** Fills the server with the demo, and shows it. */
export function DemoButton() {
  const client = useQueryClient()
  const navigate = useNavigate()
  const make = useMutation({
    mutationFn: () => post<{ experiment_id: string }>('3.0/demo/generate', {}),
    onSuccess: async ({ experiment_id: experimentId }) => {
      await client.invalidateQueries()
      await navigate({ to: '/experiments/$experimentId/traces', params: { experimentId } })
    },
    onError: notifyError,
  })
  return (
    <Button onClick={() => make.mutate()} disabled={make.isPending}>
      <Sparkles size={14} />
      {make.isPending ? 'Making the demo…' : 'Make a demo'}
    </Button>
  )
}
