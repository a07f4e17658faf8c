import { MoreHorizontal, Pause, Pencil, Play, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button, IconButton } from '~/components/Button'
import { ConfirmDialog } from '~/components/ConfirmDialog'
import { Menu, MenuItem, MenuSeparator } from '~/components/Menu'
import { notify, notifyError } from '~/components/Toasts'
import {
  type TestResult,
  useDeleteWebhook,
  useSwitchWebhook,
  useTestWebhook,
  type Webhook,
} from '~/features/webhooks/queries'
import { WebhookDialog } from '~/features/webhooks/WebhookDialog'

function tell(name: string, result: TestResult) {
  if (result.success) notify(`${name} answered ${result.response_status ?? 'well'}`)
  else {
    const status = result.response_status && `it answered ${result.response_status}`
    notifyError(new Error(`${name}: ${result.error_message || status || 'the test failed'}`))
  }
}

/** What can be done with one webhook. */
export function WebhookActions({
  webhook,
  onDeleted,
}: {
  webhook: Webhook
  onDeleted?: () => void
}) {
  const [dialog, setDialog] = useState<'edit' | 'delete'>()
  const test = useTestWebhook()
  const turn = useSwitchWebhook()
  const remove = useDeleteWebhook()
  const { webhook_id: id, name } = webhook
  const off = webhook.status === 'DISABLED'
  return (
    <span className="flex items-center justify-end gap-1">
      <Button
        size="small"
        disabled={test.isPending}
        onClick={() =>
          test.mutate(id, { onSuccess: (result) => tell(name, result), onError: notifyError })
        }
      >
        {test.isPending ? 'Sending…' : 'Test'}
      </Button>
      <Menu
        trigger={
          <IconButton label={`Actions for ${name}`}>
            <MoreHorizontal size={15} />
          </IconButton>
        }
      >
        <MenuItem icon={<Pencil size={14} />} onSelect={() => setDialog('edit')}>
          Edit…
        </MenuItem>
        <MenuItem
          icon={off ? <Play size={14} /> : <Pause size={14} />}
          onSelect={() =>
            turn.mutate({ id, status: off ? 'ACTIVE' : 'DISABLED' }, { onError: notifyError })
          }
        >
          {off ? 'Turn on' : 'Turn off'}
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={<Trash2 size={14} />} danger onSelect={() => setDialog('delete')}>
          Delete…
        </MenuItem>
      </Menu>
      {dialog === 'edit' && (
        <WebhookDialog webhook={webhook} onClose={() => setDialog(undefined)} />
      )}
      <ConfirmDialog
        open={dialog === 'delete'}
        onClose={() => setDialog(undefined)}
        onConfirm={() =>
          remove.mutate(id, {
            onSuccess: () => {
              notify(`Deleted ${name}`)
              onDeleted?.()
            },
          })
        }
        title={`Delete “${name}”?`}
        action="Delete webhook"
        busy={remove.isPending}
        error={remove.error}
      >
        Nothing is sent to it any more, and this cannot be undone.
      </ConfirmDialog>
    </span>
  )
}
