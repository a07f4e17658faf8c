import { Waypoints, X } from 'lucide-react'
import { Button, IconButton } from '~/components/Button'
import { CustomView } from '~/features/evaluation/views/CustomView'
import { useShortcuts } from '~/lib/keyboard'
import type { CustomView as View } from '~/lib/views'

interface Props {
  view: View
  traceId: string
  /** Shows the whole trace in place of the view. */
  onWhole: () => void
  onClose: () => void
}

/** The open trace as a custom view shows it, over the table that it was found in. */
export function CustomPanel({ view, traceId, onWhole, onClose }: Props) {
  useShortcuts({ escape: onClose })
  return (
    <aside
      aria-label="Open trace"
      className="absolute inset-y-0 right-0 z-30 flex w-full flex-col border-l bg-surface shadow-pop md:w-[min(880px,calc(100%-88px))]"
    >
      <header className="flex h-12 shrink-0 items-center gap-2 border-b px-4 md:px-5">
        <h2 className="min-w-0 flex-1 truncate font-semibold">{view.name}</h2>
        <Button onClick={onWhole}>
          <Waypoints size={14} /> Whole trace
        </Button>
        <IconButton label="Close" shortcut="Esc" onClick={onClose}>
          <X size={15} />
        </IconButton>
      </header>
      <div tabIndex={0} className="min-h-0 flex-1 overflow-y-auto focus-visible:-outline-offset-2">
        <CustomView key={traceId} view={view} traceId={traceId} />
      </div>
    </aside>
  )
}
