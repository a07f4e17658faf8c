import type { QueryClient } from '@tanstack/react-query'
import { createRootRouteWithContext, Link, Outlet, useMatches } from '@tanstack/react-router'
import { useState } from 'react'
import { AppShell, useSidebar } from '~/components/AppShell'
import { buttonClass } from '~/components/Button'
import { EmptyState } from '~/components/EmptyState'
import { Toasts } from '~/components/Toasts'
import { TooltipProvider } from '~/components/Tooltip'
import { useShortcuts } from '~/lib/keyboard'
import { HelpDialog } from '~/routes/-help'
import { Palette } from '~/routes/-palette'

export const Route = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Root,
  notFoundComponent: NotFound,
})

function Root() {
  const [dialog, setDialog] = useState<'palette' | 'help'>()
  const [, fold] = useSidebar()
  const bare = useMatches({ select: (all) => all.some((match) => match.staticData.bare) })
  const openPalette = () => setDialog('palette')
  useShortcuts({
    'mod+k': openPalette,
    '?': () => setDialog('help'),
    '[': fold,
  })
  if (bare) {
    return (
      <TooltipProvider>
        <Toasts>
          <main className="flex h-full flex-col bg-surface">
            <Outlet />
          </main>
        </Toasts>
      </TooltipProvider>
    )
  }
  return (
    <TooltipProvider>
      <Toasts>
        <AppShell onPalette={openPalette} onHelp={() => setDialog('help')}>
          <Outlet />
        </AppShell>
        <Palette
          open={dialog === 'palette'}
          onClose={() => setDialog(undefined)}
          onHelp={() => setDialog('help')}
        />
        <HelpDialog open={dialog === 'help'} onClose={() => setDialog(undefined)} />
      </Toasts>
    </TooltipProvider>
  )
}

function NotFound() {
  return (
    <EmptyState
      title="There is no such page"
      actions={
        <Link to="/experiments" className={buttonClass()}>
          All experiments
        </Link>
      }
    >
      The link may be mistyped, or it may lead to a part of MLflow that Headwater does not show yet.
    </EmptyState>
  )
}
