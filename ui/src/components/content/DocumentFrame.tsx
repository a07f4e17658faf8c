import { ShieldAlert } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Button } from '~/components/Button'
import { serverUrl } from '~/lib/base'

interface Props {
  title: string
  html: string
}

/**
 * An HTML document of a user's, drawn with its own scripts, in an origin that it shares with nobody: it
 * reaches neither this page nor the server. The server's policy for the frame names what it may load.
 */
export function DocumentFrame({ title, html }: Props) {
  const [all, setAll] = useState(false)
  const [blocked, setBlocked] = useState<readonly string[]>([])
  const frame = useRef<HTMLIFrameElement>(null)
  // Once only: what the document leads its frame to later is not to be told anything.
  const told = useRef(false)
  useEffect(() => {
    const listen = ({ source, data }: MessageEvent) => {
      if (source !== frame.current?.contentWindow) return
      const host = hostOf((data as { blocked?: unknown } | null)?.blocked)
      if (host)
        setBlocked((hosts) => (hosts.includes(host) ? hosts : [...hosts, host].slice(0, 20)))
    }
    window.addEventListener('message', listen)
    return () => window.removeEventListener('message', listen)
  }, [])
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      {blocked.length > 0 && !all && (
        <div
          role="status"
          className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b bg-canvas px-4 py-1.5 text-xs"
        >
          <ShieldAlert size={14} aria-hidden className="shrink-0 text-warn" />
          <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
            This document wants files from {named(blocked)}. They were not loaded: their owner would
            learn that you are looking at it.
          </span>
          <Button
            size="small"
            onClick={() => {
              told.current = false
              setAll(true)
            }}
          >
            Load them
          </Button>
        </div>
      )}
      <iframe
        key={String(all)}
        ref={frame}
        title={title}
        src={serverUrl('document-frame.html', all ? { sources: 'all' } : {})}
        sandbox="allow-scripts"
        onLoad={() => {
          if (told.current) return
          told.current = true
          // Its origin has no name; whatever else loads here first could only learn this document.
          frame.current?.contentWindow?.postMessage({ html }, '*')
        }}
        className="min-h-0 flex-1 bg-white"
      />
    </div>
  )
}

/** The host of an address that the browser did not load; undefined for all but https. */
function hostOf(address: unknown): string | undefined {
  try {
    const { protocol, host } = new URL(String(address))
    return protocol === 'https:' && host !== window.location.host ? host : undefined
  } catch {
    return undefined
  }
}

function named(hosts: readonly string[]): string {
  const [first, second, ...more] = hosts
  if (!second) return first ?? ''
  return more.length === 0
    ? `${first} and ${second}`
    : `${first}, ${second} and ${more.length} more`
}
