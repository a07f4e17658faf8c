import { QueryClientProvider } from '@tanstack/react-query'
import { createRouter, RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ErrorState } from '~/components/ErrorState'
import { basePath } from '~/lib/base'
import { translateHash } from '~/lib/hashUrls'
import { queryClient } from '~/lib/queryClient'
import { parseSearch, stringifySearch } from '~/lib/searchParams'
import { routeTree } from '~/routeTree.gen'
import '~/styles/base.css'

const { pathname, search, hash } = window.location
// "//runs/1" is what a client makes of a tracking URI that ends in a slash.
const tidy = pathname.replace(/\/{2,}/g, '/')
if (tidy !== pathname) window.history.replaceState(null, '', tidy + search + hash)
const translated = translateHash(hash)
if (translated) window.history.replaceState(null, '', basePath.replace(/\/$/, '') + translated)

const router = createRouter({
  routeTree,
  basepath: basePath,
  parseSearch,
  stringifySearch,
  context: { queryClient },
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  defaultErrorComponent: ({ error, reset }) => <ErrorState error={error} onRetry={reset} />,
})

// A classic link may also be pasted into an open page.
window.addEventListener('hashchange', () => {
  const next = translateHash(window.location.hash)
  if (next) void router.navigate({ href: next, replace: true })
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
  interface StaticDataRouteOption {
    /** Shown alone, without the navigation around it. */
    bare?: boolean
  }
}

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  )
}
