import { QueryClient } from '@tanstack/react-query'
import { ApiError } from '~/lib/api'

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: true,
      // What the server refused, it will refuse again.
      retry: (count, error) =>
        count < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
    },
  },
})

/** How often a view with running jobs asks again, in milliseconds. */
export const LIVE_INTERVAL = 5_000
