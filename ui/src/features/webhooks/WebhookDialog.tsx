import { type FormEvent, useState } from 'react'
import { Button } from '~/components/Button'
import { Checkbox } from '~/components/Controls'
import { Dialog } from '~/components/Dialog'
import { ErrorNote } from '~/components/ErrorState'
import { LabelledInput } from '~/components/Field'
import { EVENTS, useSaveWebhook, type Webhook } from '~/features/webhooks/queries'

interface Props {
  /** The webhook to change; without it a new one begins. */
  webhook?: Webhook
  onClose: () => void
}

export function WebhookDialog({ webhook, onClose }: Props) {
  return (
    <Dialog open onClose={onClose} wide title={webhook ? `Edit ${webhook.name}` : 'New webhook'}>
      <WebhookForm webhook={webhook} onClose={onClose} />
    </Dialog>
  )
}

function WebhookForm({ webhook, onClose }: Props) {
  const [name, setName] = useState(webhook?.name ?? '')
  const [url, setUrl] = useState(webhook?.url ?? '')
  const [description, setDescription] = useState(webhook?.description ?? '')
  const [secret, setSecret] = useState('')
  const [events, setEvents] = useState(
    () => new Set(webhook?.events?.map(({ entity, action }) => `${entity}.${action}`)),
  )
  const save = useSaveWebhook(webhook?.webhook_id)
  const toggle = (event: string) => {
    const next = new Set(events)
    if (!next.delete(event)) next.add(event)
    setEvents(next)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate(
      {
        name: name.trim(),
        url: url.trim(),
        description: description.trim() || undefined,
        secret: secret || undefined,
        events: [...events].map((each) => {
          const [entity = '', action = ''] = each.split('.')
          return { entity, action }
        }),
      },
      { onSuccess: onClose },
    )
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <div className="grid gap-3 sm:grid-cols-2">
        <LabelledInput
          label="Name"
          value={name}
          onChange={(event) => setName(event.target.value)}
          required
        />
        <LabelledInput
          label="URL"
          placeholder="https://example.org/hooks"
          value={url}
          onChange={(event) => setUrl(event.target.value)}
          required
        />
        <LabelledInput
          label="Description (optional)"
          value={description}
          onChange={(event) => setDescription(event.target.value)}
        />
        <LabelledInput
          label="Secret (optional)"
          type="password"
          placeholder={webhook ? 'Stays as it is' : 'Signs what is sent'}
          value={secret}
          onChange={(event) => setSecret(event.target.value)}
        />
      </div>
      <fieldset className="min-w-0">
        <legend className="pb-1 text-xs font-medium text-muted">Events</legend>
        <ul className="grid gap-x-8 sm:grid-cols-2">
          {EVENTS.map(({ entity, label, actions }) => (
            <li key={entity} className="flex h-8 items-center gap-4 border-t">
              <span className="min-w-0 flex-1 truncate">{label}</span>
              {actions.map((action) => (
                <span key={action} className="flex items-center gap-1.5 text-xs text-muted">
                  <Checkbox
                    label={`${label} ${action.toLowerCase()}`}
                    checked={events.has(`${entity}.${action}`)}
                    onChange={() => toggle(`${entity}.${action}`)}
                  />
                  {action.toLowerCase()}
                </span>
              ))}
            </li>
          ))}
        </ul>
      </fieldset>
      {save.error && <ErrorNote error={save.error} />}
      <div className="mt-1 flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          kind="solid"
          type="submit"
          disabled={!name.trim() || !url.trim() || events.size === 0 || save.isPending}
        >
          {webhook ? 'Save' : 'Create webhook'}
        </Button>
      </div>
    </form>
  )
}
