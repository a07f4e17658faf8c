import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { classes } from '~/components/classes'
import { AttachmentView } from '~/components/content/AttachmentView'
import { readAttachment } from '~/lib/attachments'

const PAGE = 100
const MOST_TEXT = 2_000
/** Levels that are unfolded at first, as long as they are short. */
const OPEN_LEVELS = 2
const OPEN_ENTRIES = 30

/** A value as a tree to unfold; long lists and texts come in parts. */
export function JsonView({ value }: { value: unknown }) {
  return (
    <div className="min-w-0 font-mono text-xs leading-5">
      <Value value={value} name={undefined} depth={0} />
    </div>
  )
}

interface ValueProps {
  value: unknown
  name: string | undefined
  depth: number
}

function Value({ value, name, depth }: ValueProps) {
  if (typeof value === 'object' && value !== null) {
    const list = Array.isArray(value)
    const entries = list
      ? value.map((each, index): [string, unknown] => [String(index), each])
      : Object.entries(value)
    if (entries.length > 0)
      return <Branch entries={entries} list={list} name={name} depth={depth} />
  }
  return (
    <div className="pl-4 [overflow-wrap:anywhere] whitespace-pre-wrap">
      <Name name={name} />
      <Leaf value={value} />
    </div>
  )
}

function Name({ name }: { name: string | undefined }) {
  if (name === undefined) return null
  return (
    <>
      <span className="text-syntax-name">{name}</span>
      <span className="text-faint">: </span>
    </>
  )
}

interface BranchProps {
  entries: [string, unknown][]
  list: boolean
  name: string | undefined
  depth: number
}

function Branch({ entries, list, name, depth }: BranchProps) {
  const [open, setOpen] = useState(
    depth === 0 || (depth <= OPEN_LEVELS && entries.length <= OPEN_ENTRIES),
  )
  const [count, setCount] = useState(PAGE)
  const size = list ? `[${entries.length}]` : `{${entries.length}}`
  return (
    <div>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex max-w-full items-center rounded-sm hover:bg-hover"
      >
        <ChevronRight
          size={12}
          className={classes('mr-1 shrink-0 text-faint', open && 'rotate-90')}
        />
        <span className="truncate">
          <Name name={name} />
          <span className="text-faint">{size}</span>
        </span>
      </button>
      {open && (
        <div className="ml-1.5 border-l pl-1.5">
          {entries.slice(0, count).map(([key, each]) => (
            <Value key={key} value={each} name={key} depth={depth + 1} />
          ))}
          {entries.length > count && (
            <button
              type="button"
              onClick={() => setCount(count + PAGE * 5)}
              className="pl-4 font-sans text-xs text-accent hover:underline"
            >
              {(entries.length - count).toLocaleString('en-US')} more
            </button>
          )}
        </div>
      )}
    </div>
  )
}

function Leaf({ value }: { value: unknown }) {
  const [all, setAll] = useState(false)
  const attachment = readAttachment(value)
  if (attachment) return <AttachmentView attachment={attachment} />
  if (typeof value === 'string') {
    const cut = !all && value.length > MOST_TEXT
    return (
      <>
        <span className="text-syntax-string">"{cut ? value.slice(0, MOST_TEXT) : value}"</span>
        {cut && (
          <button
            type="button"
            onClick={() => setAll(true)}
            className="pl-1 font-sans text-accent hover:underline"
          >
            {(value.length - MOST_TEXT).toLocaleString('en-US')} more
          </button>
        )}
      </>
    )
  }
  if (typeof value === 'object' && value !== null)
    return <span className="text-faint">{Array.isArray(value) ? '[]' : '{}'}</span>
  const tone = typeof value === 'number' ? 'text-syntax-number' : 'text-syntax-keyword'
  return <span className={tone}>{String(value)}</span>
}
