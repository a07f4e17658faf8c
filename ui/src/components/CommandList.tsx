import { Dialog as Base } from '@base-ui/react/dialog'
import { CornerDownLeft, Search } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { Kbd } from '~/components/Kbd'

export interface Command {
  id: string
  title: string
  detail?: string
  icon?: ReactNode
  shortcut?: string
  run: () => void
}

export interface CommandGroup {
  title: string
  commands: Command[]
}

interface Props {
  open: boolean
  onClose: () => void
  query: string
  onQuery: (query: string) => void
  groups: CommandGroup[]
  busy: boolean
}

/** A dialog that finds and runs commands by typing. What is found is the caller's business. */
export function CommandList({ open, onClose, query, onQuery, groups, busy }: Props) {
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-[light-dark(rgb(16_32_48/0.2),rgb(0_0_0/0.5))] transition-opacity duration-100 data-[ending-style]:opacity-0 data-[starting-style]:opacity-0" />
        <Base.Popup
          aria-label="Command palette"
          className="popup fixed top-[14vh] left-1/2 z-40 flex max-h-[min(460px,70vh)] w-[calc(100vw-24px)] max-w-[580px] -translate-x-1/2 flex-col overflow-hidden rounded-xl transition-[opacity,scale] duration-100 data-[ending-style]:scale-[0.98] data-[ending-style]:opacity-0 data-[starting-style]:scale-[0.98] data-[starting-style]:opacity-0"
        >
          <Finder query={query} onQuery={onQuery} groups={groups} busy={busy} onClose={onClose} />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}

function Finder({ query, onQuery, groups, busy, onClose }: Omit<Props, 'open'>) {
  const listId = useId()
  const list = useRef<HTMLDivElement>(null)
  const [at, setAt] = useState(0)
  const commands = groups.flatMap((group) => group.commands)
  const active = Math.min(at, Math.max(0, commands.length - 1))

  useEffect(() => {
    list.current?.querySelector(`[data-index="${active}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [active])

  const run = (command: Command | undefined) => {
    if (!command) return
    onClose()
    command.run()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0 && commands.length > 0) {
      event.preventDefault()
      setAt((active + step + commands.length) % commands.length)
    }
    if (event.key === 'Enter') {
      event.preventDefault()
      run(commands[active])
    }
  }

  let index = -1
  return (
    <>
      <div className="flex items-center gap-2.5 border-b px-4">
        <Search size={15} className="text-faint" />
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={commands[active] ? `${listId}-${active}` : undefined}
          aria-label="Find experiments, runs, models, prompts and actions"
          placeholder="Find experiments, runs, models, prompts…"
          value={query}
          onChange={(event) => {
            onQuery(event.target.value)
            setAt(0)
          }}
          onKeyDown={onKeyDown}
          className="h-12 flex-1 bg-transparent text-base outline-none"
          autoComplete="off"
          spellCheck={false}
        />
        <Kbd>Esc</Kbd>
      </div>
      <div
        ref={list}
        id={listId}
        role="listbox"
        aria-label="Results"
        className="min-h-0 flex-1 overflow-y-auto p-1.5"
      >
        {commands.length === 0 && (
          <p className="px-3 py-8 text-center text-muted">
            {busy ? 'Searching…' : `Nothing matches “${query}”.`}
          </p>
        )}
        {groups
          .filter((group) => group.commands.length > 0)
          .map((group) => (
            // biome-ignore lint/a11y/useSemanticElements: a fieldset would not belong in a listbox
            <div key={group.title} role="group" aria-label={group.title}>
              <div aria-hidden className="px-2.5 pt-2 pb-1 text-2xs font-medium text-faint">
                {group.title}
              </div>
              {group.commands.map((command) => {
                index += 1
                const own = index
                return (
                  // biome-ignore lint/a11y/useKeyWithClickEvents: the field above takes the keys
                  <div
                    key={command.id}
                    id={`${listId}-${own}`}
                    data-index={own}
                    role="option"
                    tabIndex={-1}
                    aria-selected={own === active}
                    onPointerMove={() => setAt(own)}
                    onClick={() => run(command)}
                    className="flex h-9 items-center gap-2.5 rounded-md px-2.5 aria-selected:bg-hover"
                  >
                    <span className="text-faint">{command.icon}</span>
                    <span className="min-w-0 truncate">{command.title}</span>
                    {command.detail && (
                      <span className="min-w-0 truncate text-xs text-faint">{command.detail}</span>
                    )}
                    <span className="flex-1" />
                    {command.shortcut && <Kbd>{command.shortcut}</Kbd>}
                    {own === active && !command.shortcut && (
                      <CornerDownLeft size={13} className="text-faint" />
                    )}
                  </div>
                )
              })}
            </div>
          ))}
      </div>
    </>
  )
}
