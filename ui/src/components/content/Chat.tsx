import { Bot, Brain, ChevronRight, type LucideIcon, Settings2, User, Wrench } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { classes } from '~/components/classes'
import { AttachmentView } from '~/components/content/AttachmentView'
import { JsonView } from '~/components/content/JsonView'
import { LongText } from '~/components/content/LongText'
import { readAttachment } from '~/lib/attachments'
import type { Message, Part, Role, ToolCall } from '~/lib/chat'

const LOOK: Record<Role, { label: string; icon: LucideIcon; tone: string }> = {
  system: { label: 'System', icon: Settings2, tone: 'text-faint' },
  user: { label: 'User', icon: User, tone: 'text-accent' },
  assistant: { label: 'Assistant', icon: Bot, tone: 'text-good' },
  tool: { label: 'Tool', icon: Wrench, tone: 'text-warn' },
}

/** Earlier messages of a long conversation wait behind a button. */
const MOST_SHOWN = 20
/** A longer system message is folded. */
const LONG_SYSTEM = 400

/** A conversation, as it was held. */
export function Chat({ messages }: { messages: readonly Message[] }) {
  const [all, setAll] = useState(false)
  const hidden = all ? 0 : Math.max(0, messages.length - MOST_SHOWN)
  return (
    <div className="flex flex-col gap-2">
      {hidden > 0 && (
        <button
          type="button"
          onClick={() => setAll(true)}
          className="self-start text-xs text-accent hover:underline"
        >
          {hidden} earlier messages
        </button>
      )}
      {messages.slice(hidden).map((message, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: messages never move
        <MessageBox key={index} message={message} />
      ))}
    </div>
  )
}

const LENGTHS = (parts: readonly Part[]) =>
  parts.reduce((sum, part) => sum + (part.kind === 'text' ? part.text.length : 0), 0)

function MessageBox({ message }: { message: Message }) {
  const { label, icon: Icon, tone } = LOOK[message.role]
  const foldable = message.role === 'system' && LENGTHS(message.parts) > LONG_SYSTEM
  const [folded, setFolded] = useState(foldable)
  return (
    <article
      aria-label={`${label} message`}
      className={classes(
        'min-w-0 rounded-lg border px-3 py-2',
        message.role === 'assistant' ? 'bg-surface' : 'bg-sunken',
      )}
    >
      <header className="flex items-center gap-1.5 pb-1 text-xs font-medium text-muted">
        <Icon size={13} aria-hidden className={tone} />
        {label}
        {message.name && <span className="font-normal text-faint">{message.name}</span>}
        {foldable && (
          <button
            type="button"
            aria-expanded={!folded}
            onClick={() => setFolded(!folded)}
            className="ml-auto font-normal text-accent hover:underline"
          >
            {folded ? 'Show all' : 'Show less'}
          </button>
        )}
      </header>
      <div className={classes('flex flex-col gap-2', folded && 'max-h-16 overflow-hidden')}>
        {message.parts.map((part, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts never move
          <PartView key={index} part={part} />
        ))}
        {message.parts.length === 0 && <span className="text-faint italic">empty</span>}
      </div>
    </article>
  )
}

function PartView({ part }: { part: Part }) {
  switch (part.kind) {
    case 'text': {
      const attachment = readAttachment(part.text)
      if (attachment) return <AttachmentView attachment={attachment} />
      return <LongText text={part.text} markdown />
    }
    case 'thought':
      return (
        <Fold title="Reasoning" icon={<Brain size={12} />}>
          <LongText text={part.text} markdown className="text-muted" />
        </Fold>
      )
    case 'image':
      return <Picture url={part.url} />
    case 'call':
      return <Call call={part.call} />
    case 'result':
      return typeof part.value === 'string' ? (
        <LongText text={part.value} className="font-mono text-xs" />
      ) : (
        <JsonView value={part.value} />
      )
    default:
      return <JsonView value={part.value} />
  }
}

/** Pictures of other servers would tell them who reads the page; a link leaves that choice. */
function Picture({ url }: { url: string }) {
  const attachment = readAttachment(url)
  if (attachment) return <AttachmentView attachment={attachment} />
  if (/^data:image\/(png|jpe?g|gif|webp);/.test(url))
    return <img src={url} alt="In the message" className="max-h-80 max-w-full rounded-md border" />
  if (!/^https?:/.test(url)) return <span className="text-faint">Image</span>
  return (
    <a href={url} target="_blank" rel="noopener noreferrer" className="text-accent underline">
      {url}
    </a>
  )
}

function Call({ call }: { call: ToolCall }) {
  return (
    <div className="rounded-md border bg-canvas px-2.5 py-1.5">
      <div className="flex items-center gap-1.5 text-xs font-medium">
        <Wrench size={12} className="text-warn" />
        <span className="truncate">{call.name}</span>
        {call.id && <span className="truncate font-mono text-2xs text-faint">{call.id}</span>}
      </div>
      {call.arguments !== undefined && (
        <div className="pt-1">
          <JsonView value={call.arguments} />
        </div>
      )}
    </div>
  )
}

function Fold({ title, icon, children }: { title: string; icon: ReactNode; children: ReactNode }) {
  const [open, setOpen] = useState(false)
  return (
    <div className="text-xs">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex items-center gap-1 text-muted hover:text-ink"
      >
        {icon} {title}
        <ChevronRight size={12} className={open ? 'rotate-90' : ''} />
      </button>
      {open && <div className="pt-1 pl-4">{children}</div>}
    </div>
  )
}
