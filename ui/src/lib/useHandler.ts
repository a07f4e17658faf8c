import { useCallback, useLayoutEffect, useRef } from 'react'

/** The same function in every render, which calls the one of the latest: for rows that need not draw anew. */
export function useHandler<A extends unknown[], R>(
  handler: (...values: A) => R,
): (...values: A) => R {
  const latest = useRef(handler)
  useLayoutEffect(() => {
    latest.current = handler
  })
  return useCallback((...values: A) => latest.current(...values), [])
}
