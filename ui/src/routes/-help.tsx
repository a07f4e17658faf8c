import { Link } from '@tanstack/react-router'
import { Dialog } from '~/components/Dialog'
import { Kbd } from '~/components/Kbd'
import { MOD } from '~/lib/keyboard'

const GROUPS = [
  {
    title: 'Everywhere',
    keys: [
      [[MOD, 'K'], 'Find experiments, runs and actions'],
      [['/'], 'Search or filter'],
      [['['], 'Fold or unfold the sidebar'],
      [['?'], 'This list'],
    ],
  },
  {
    title: 'Tables',
    keys: [
      [['↓', 'J'], 'Next row'],
      [['↑', 'K'], 'Previous row'],
      [['Enter'], 'Open the row'],
      [['X'], 'Select the row'],
      [['→', '←'], 'Unfold or fold nested runs'],
      [['Esc'], 'Clear the selection'],
    ],
  },
  {
    title: 'Traces',
    keys: [
      [['J', 'K'], 'Open the next or previous trace'],
      [['↓', '↑'], 'Next or previous span, in the tree'],
      [['→', '←'], 'Unfold or fold a span'],
      [['Esc'], 'Close the trace'],
    ],
  },
  {
    title: 'Charts',
    keys: [
      [['Drag'], 'Zoom into a part'],
      [['Double click'], 'Show all again'],
    ],
  },
] as const

export function HelpDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Keyboard shortcuts">
      {GROUPS.map((group) => (
        <section key={group.title} className="mt-3 first:mt-0">
          <h3 className="pb-1 text-xs font-medium text-faint">{group.title}</h3>
          <ul>
            {group.keys.map(([keys, what]) => (
              <li key={what} className="flex h-8 items-center justify-between gap-4 border-t">
                <span>{what}</span>
                <span className="flex gap-1">
                  {keys.map((key) => (
                    <Kbd key={key}>{key}</Kbd>
                  ))}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
      <p className="mt-4 border-t pt-3 text-muted">
        For programs:{' '}
        <Link to="/reference" onClick={onClose} className="text-accent hover:underline">
          every route of the API
        </Link>
        .
      </p>
    </Dialog>
  )
}
