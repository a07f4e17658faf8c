import { Plus, Trash2 } from 'lucide-react'
import { type FormEvent, useId, useState } from 'react'
import { Button, IconButton } from '~/components/Button'
import { Segmented } from '~/components/Controls'
import { Dialog } from '~/components/Dialog'
import { ErrorNote } from '~/components/ErrorState'
import { LabelledInput, TextArea } from '~/components/Field'
import { Select } from '~/components/Select'
import { type Message, type Prompt, variablesOf } from '~/features/prompts/prompt'
import { useSavePrompt } from '~/features/prompts/useSavePrompt'

interface Props {
  /** The name of a prompt that gets another version; without it a new prompt begins. */
  name?: string
  /** The version to start from. */
  from?: Prompt
  onClose: () => void
  onSaved: (name: string, version: string) => void
}

export function PromptDialog({ name, from, onClose, onSaved }: Props) {
  return (
    <Dialog open onClose={onClose} wide title={name ? `New version of ${name}` : 'New prompt'}>
      <PromptForm name={name} from={from} onClose={onClose} onSaved={onSaved} />
    </Dialog>
  )
}

const ROLES = ['system', 'user', 'assistant'].map((value) => ({ value, label: value }))

function isJson(text: string): boolean {
  if (!text.trim()) return true
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function PromptForm({ name: fixed, from, onClose, onSaved }: Props) {
  const chat = from !== undefined && typeof from.template !== 'string'
  const [name, setName] = useState(fixed ?? '')
  const [kind, setKind] = useState<'text' | 'chat'>(chat ? 'chat' : 'text')
  const [text, setText] = useState(chat ? '' : ((from?.template as string | undefined) ?? ''))
  const [messages, setMessages] = useState<Message[]>(
    chat ? (from.template as Message[]) : [{ role: 'system', content: '' }],
  )
  const [commit, setCommit] = useState('')
  const [config, setConfig] = useState(from?.config ?? '')
  const [format, setFormat] = useState(from?.format ?? '')
  const save = useSavePrompt(fixed === undefined)
  const template = kind === 'chat' ? messages : text
  const variables = variablesOf(template)
  const filled = kind === 'chat' ? messages.some(({ content }) => content.trim()) : text.trim()
  const ready = name.trim() && filled && isJson(config) && isJson(format)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate(
      { name: name.trim(), template, commit, config, format },
      { onSuccess: (version) => onSaved(version.name, version.version) },
    )
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      {fixed === undefined && (
        <LabelledInput
          label="Name"
          placeholder="support-answer"
          value={name}
          onChange={(event) => setName(event.target.value)}
          required
        />
      )}
      <div className="flex items-center justify-between gap-3">
        <Segmented
          label="Kind of prompt"
          value={kind}
          options={[
            { value: 'text', label: 'Text' },
            { value: 'chat', label: 'Chat' },
          ]}
          onChange={setKind}
        />
        <span className="min-w-0 truncate text-xs text-faint">
          {variables.length > 0
            ? `Variables: ${variables.join(', ')}`
            : 'Variables stand in double braces: {{ question }}'}
        </span>
      </div>
      {kind === 'text' ? (
        <TextArea
          aria-label="Template"
          rows={9}
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="font-mono text-xs"
        />
      ) : (
        <Messages messages={messages} onChange={setMessages} />
      )}
      <LabelledInput
        label="What changed (optional)"
        value={commit}
        onChange={(event) => setCommit(event.target.value)}
      />
      <div className="grid gap-3 sm:grid-cols-2">
        <JsonField label="Model config, JSON (optional)" value={config} onChange={setConfig} />
        <JsonField label="Response format, JSON (optional)" value={format} onChange={setFormat} />
      </div>
      {save.error && <ErrorNote error={save.error} />}
      <div className="mt-1 flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="solid" type="submit" disabled={!ready || save.isPending}>
          {fixed ? 'Save version' : 'Create prompt'}
        </Button>
      </div>
    </form>
  )
}

interface MessagesProps {
  messages: Message[]
  onChange: (messages: Message[]) => void
}

function Messages({ messages, onChange }: MessagesProps) {
  const change = (at: number, part: Partial<Message>) =>
    onChange(messages.map((message, index) => (index === at ? { ...message, ...part } : message)))
  return (
    <div className="flex flex-col gap-2">
      {messages.map((message, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: messages have no name but their place
        <div key={index} className="flex flex-col gap-1">
          <div className="flex items-center justify-between">
            <Select
              label={`Role of message ${index + 1}`}
              value={message.role}
              options={ROLES}
              onChange={(role) => change(index, { role })}
              className="w-32"
            />
            <IconButton
              label={`Remove message ${index + 1}`}
              disabled={messages.length === 1}
              onClick={() => onChange(messages.filter((_, at) => at !== index))}
            >
              <Trash2 size={13} />
            </IconButton>
          </div>
          <TextArea
            aria-label={`Message ${index + 1}`}
            rows={4}
            value={message.content}
            onChange={(event) => change(index, { content: event.target.value })}
            className="font-mono text-xs"
          />
        </div>
      ))}
      <Button
        size="small"
        onClick={() => onChange([...messages, { role: 'user', content: '' }])}
        className="self-start"
      >
        <Plus size={13} /> Add message
      </Button>
    </div>
  )
}

interface JsonProps {
  label: string
  value: string
  onChange: (value: string) => void
}

function JsonField({ label, value, onChange }: JsonProps) {
  const id = useId()
  const valid = isJson(value)
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-xs font-medium text-muted">
        {label}
      </label>
      <TextArea
        id={id}
        rows={3}
        value={value}
        aria-invalid={!valid}
        onChange={(event) => onChange(event.target.value)}
        className="font-mono text-xs"
      />
      {!valid && <p className="text-xs text-bad">This is not JSON yet.</p>}
    </div>
  )
}
