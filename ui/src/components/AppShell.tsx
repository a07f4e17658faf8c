import { Dialog as Base } from '@base-ui/react/dialog'
import { Link } from '@tanstack/react-router'
import {
  Box,
  FlaskConical,
  HelpCircle,
  Menu as MenuIcon,
  MessageSquareText,
  Monitor,
  Moon,
  PanelLeft,
  Search,
  Sun,
  Webhook,
} from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { IconButton } from '~/components/Button'
import { classes } from '~/components/classes'
import { Kbd } from '~/components/Kbd'
import { Logo } from '~/components/Logo'
import { Menu, MenuChoices, MenuSeparator } from '~/components/Menu'
import { Tooltip } from '~/components/Tooltip'
import { applyDensity, type Density, useDensity } from '~/lib/density'
import { MOD } from '~/lib/keyboard'
import { useRecents } from '~/lib/recents'
import { useRemembered } from '~/lib/storage'
import { applyTheme, type Theme, useTheme } from '~/lib/theme'

interface Props {
  onPalette: () => void
  onHelp: () => void
  children: ReactNode
}

const THEMES = [
  { value: 'system', label: 'Same as system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const

export function useSidebar(): [boolean, () => void] {
  const [stored, store] = useRemembered('sidebar')
  const folded = stored === 'folded'
  return [folded, () => store(folded ? undefined : 'folded')]
}

export function AppShell({ onPalette, onHelp, children }: Props) {
  const [folded, toggle] = useSidebar()
  const [drawer, setDrawer] = useState(false)
  return (
    <div className="flex h-full flex-col md:flex-row">
      <a
        href={`${typeof location === 'undefined' ? '' : location.pathname}#main`}
        onClick={(event) => {
          event.preventDefault()
          document.getElementById('main')?.focus()
        }}
        className="fixed top-2 left-2 z-50 -translate-y-20 rounded-md bg-accent-solid px-3 py-1.5 text-white focus:translate-y-0"
      >
        Skip to content
      </a>
      <header className="flex h-11 shrink-0 items-center gap-1 border-b px-2 md:hidden">
        <IconButton label="Open navigation" onClick={() => setDrawer(true)}>
          <MenuIcon size={16} />
        </IconButton>
        <Link to="/experiments" className="flex items-center gap-2 px-1 font-semibold">
          <Logo size={18} /> Headwater
        </Link>
        <span className="flex-1" />
        <IconButton label="Find" onClick={onPalette}>
          <Search size={16} />
        </IconButton>
      </header>
      <aside
        className={classes(
          'hidden shrink-0 flex-col border-r md:flex',
          folded ? 'w-12' : 'w-(--sidebar-width)',
        )}
      >
        <Sidebar folded={folded} onFold={toggle} onPalette={onPalette} onHelp={onHelp} />
      </aside>
      <Base.Root open={drawer} onOpenChange={setDrawer}>
        <Base.Portal>
          <Base.Backdrop className="fixed inset-0 z-40 bg-[light-dark(rgb(16_32_48/0.28),rgb(0_0_0/0.55))] md:hidden" />
          <Base.Popup
            aria-label="Navigation"
            onClick={(event) => (event.target as Element).closest('a') && setDrawer(false)}
            className="fixed inset-y-0 left-0 z-40 flex w-64 flex-col border-r bg-canvas transition-transform duration-200 ease-out outline-none data-[ending-style]:-translate-x-full data-[starting-style]:-translate-x-full md:hidden"
          >
            <Sidebar
              folded={false}
              onPalette={() => {
                setDrawer(false)
                onPalette()
              }}
              onHelp={() => {
                setDrawer(false)
                onHelp()
              }}
            />
          </Base.Popup>
        </Base.Portal>
      </Base.Root>
      <main
        id="main"
        tabIndex={-1}
        className="flex min-h-0 min-w-0 flex-1 flex-col bg-surface outline-none"
      >
        {children}
      </main>
    </div>
  )
}

const PLACES = [
  // Open experiments stand below, among the recent ones.
  { to: '/experiments', label: 'Experiments', Icon: FlaskConical, exact: true },
  { to: '/models', label: 'Models', Icon: Box, exact: false },
  { to: '/prompts', label: 'Prompts', Icon: MessageSquareText, exact: false },
  { to: '/webhooks', label: 'Webhooks', Icon: Webhook, exact: false },
] as const

interface SidebarProps {
  folded: boolean
  onFold?: () => void
  onPalette: () => void
  onHelp: () => void
}

const ITEM =
  'flex h-7 items-center gap-2.5 rounded-md px-2 text-muted hover:bg-hover hover:text-ink data-[status=active]:bg-pressed/60 data-[status=active]:font-medium data-[status=active]:text-ink'

function Sidebar({ folded, onFold, onPalette, onHelp }: SidebarProps) {
  const recents = useRecents()
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-4 px-2 py-2.5">
      <div
        className={classes(
          'flex items-center',
          folded ? 'flex-col gap-2' : 'justify-between pl-1.5',
        )}
      >
        <Link
          to="/experiments"
          aria-label="Headwater, home"
          className="flex items-center gap-2 rounded-md font-semibold tracking-[-0.01em]"
        >
          <Logo />
          {!folded && 'Headwater'}
        </Link>
        {onFold && (
          <IconButton
            label={folded ? 'Unfold sidebar' : 'Fold sidebar'}
            shortcut="["
            onClick={onFold}
          >
            <PanelLeft size={15} />
          </IconButton>
        )}
      </div>
      {folded ? (
        <div className="flex flex-col items-center gap-1">
          <IconButton label="Find" shortcut={`${MOD} K`} onClick={onPalette}>
            <Search size={15} />
          </IconButton>
        </div>
      ) : (
        <button
          type="button"
          onClick={onPalette}
          className="flex h-7 items-center gap-2 rounded-md border bg-surface px-2 text-faint shadow-xs hover:border-line-strong"
        >
          <Search size={13} />
          <span className="flex-1 text-left">Find…</span>
          <Kbd>{MOD} K</Kbd>
        </button>
      )}
      <nav aria-label="Main" className="flex min-h-0 flex-1 flex-col gap-0.5 overflow-y-auto">
        {PLACES.map(({ to, label, Icon, exact }) => (
          <Tooltip key={to} text={label} side="right">
            <Link
              to={to}
              activeOptions={{ exact, includeSearch: false }}
              className={classes(ITEM, folded && 'justify-center')}
            >
              <Icon size={15} className="shrink-0" />
              <span className={folded ? 'sr-only' : ''}>{label}</span>
            </Link>
          </Tooltip>
        ))}
        {!folded && recents.length > 0 && (
          <>
            <div className="px-2 pt-4 pb-1 text-2xs font-medium text-faint">Recent</div>
            {recents.map((recent) => (
              <Link
                key={recent.id}
                to="/experiments/$experimentId"
                params={{ experimentId: recent.id }}
                activeOptions={{ includeSearch: false }}
                className={ITEM}
                title={recent.name}
              >
                <span className="truncate">{recent.name}</span>
              </Link>
            ))}
          </>
        )}
      </nav>
      <div className={classes('flex gap-1', folded && 'flex-col items-center')}>
        <ThemeMenu />
        <IconButton label="Keyboard shortcuts" shortcut="?" onClick={onHelp}>
          <HelpCircle size={15} />
        </IconButton>
      </div>
    </div>
  )
}

const DENSITIES = [
  { value: 'comfortable', label: 'Comfortable' },
  { value: 'compact', label: 'Compact' },
] as const

function ThemeMenu() {
  const theme = useTheme()
  const density = useDensity()
  const Icon = theme === 'system' ? Monitor : theme === 'dark' ? Moon : Sun
  return (
    <Menu
      align="start"
      trigger={
        <button
          type="button"
          aria-label="Look"
          className="inline-flex size-7 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-ink data-[popup-open]:bg-hover"
        >
          <Icon size={15} />
        </button>
      }
    >
      <MenuChoices
        label="Theme"
        value={theme}
        options={THEMES}
        onChange={(next: Theme) => applyTheme(next)}
      />
      <MenuSeparator />
      <MenuChoices
        label="Rows of tables"
        value={density}
        options={DENSITIES}
        onChange={(next: Density) => applyDensity(next)}
      />
    </Menu>
  )
}
