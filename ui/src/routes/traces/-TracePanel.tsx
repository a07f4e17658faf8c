import { Link } from '@tanstack/react-router'
import { Maximize2, X } from 'lucide-react'
import { IconButton } from '~/components/Button'
import { Tooltip } from '~/components/Tooltip'
import type { TracesSearch } from '~/features/traces/table/search'
import { TraceView } from '~/features/traces/view/TraceView'
import { useShortcuts } from '~/lib/keyboard'

interface Props {
  traceId: string
  search: Pick<TracesSearch, 'span' | 'part'>
  onSearch: (part: Pick<TracesSearch, 'trace' | 'span' | 'part'>) => void
}

/** The open trace, over the table that it was found in. */
export function TracePanel({ traceId, search, onSearch }: Props) {
  const close = () => onSearch({ trace: undefined, span: undefined, part: undefined })
  useShortcuts({ escape: close })
  return (
    <aside
      aria-label="Open trace"
      className="absolute inset-y-0 right-0 z-30 flex w-full flex-col border-l bg-surface shadow-pop md:w-[min(1280px,calc(100%-88px))]"
    >
      <TraceView
        traceId={traceId}
        choice={{ span: search.span, part: search.part }}
        onChoice={onSearch}
        onDeleted={close}
        actions={
          <>
            <Tooltip text="Open as a page">
              <Link
                to="/traces/$traceId"
                params={{ traceId }}
                search={{ span: search.span, part: search.part }}
                aria-label="Open as a page"
                className="inline-flex size-7 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-ink"
              >
                <Maximize2 size={14} />
              </Link>
            </Tooltip>
            <IconButton label="Close" shortcut="Esc" onClick={close}>
              <X size={15} />
            </IconButton>
          </>
        }
      />
    </aside>
  )
}
