import { createFileRoute, Link } from '@tanstack/react-router'
import { Signpost } from 'lucide-react'
import * as v from 'valibot'
import { buttonClass } from '~/components/Button'
import { EmptyState } from '~/components/EmptyState'
import { PageHeader } from '~/components/PageHeader'
import { readClassicLink } from '~/lib/classicLinks'
import { text } from '~/lib/search'
import { useTitle } from '~/lib/title'

export const Route = createFileRoute('/classic')({
  validateSearch: v.object({ link: text() }),
  component: ClassicPage,
})

/** What a link of MLflow's own web page was that has no page here. */
function ClassicPage() {
  const { link = '' } = Route.useSearch()
  const { title, text: words, places } = readClassicLink(link)
  useTitle(title)
  return (
    <>
      <PageHeader title="A link from MLflow" />
      <EmptyState
        title={title}
        icon={<Signpost size={18} />}
        actions={
          <span className="flex flex-wrap gap-2">
            {places.map(({ label, href }) => (
              <Link key={href} to={href} className={buttonClass()}>
                {label}
              </Link>
            ))}
          </span>
        }
      >
        <p>{words}</p>
        {link && <p className="font-mono text-xs text-faint [overflow-wrap:anywhere]">#{link}</p>}
      </EmptyState>
    </>
  )
}
