import { Link, useNavigate } from '@tanstack/react-router'
import { Info } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { IconButton } from '~/components/Button'
import { PageHeader } from '~/components/PageHeader'
import { ExperimentDetails } from '~/features/tracking/experiments/ExperimentDetails'
import { ExperimentMenu } from '~/features/tracking/experiments/ExperimentMenu'
import type { Experiment } from '~/lib/wire'

interface Props {
  experimentId: string
  experiment: Experiment | undefined
}

const SECTIONS = [
  { to: '/experiments/$experimentId', label: 'Runs', exact: true },
  { to: '/experiments/$experimentId/traces', label: 'Traces', exact: true },
  { to: '/experiments/$experimentId/sessions', label: 'Sessions', exact: false },
  { to: '/experiments/$experimentId/monitoring', label: 'Monitoring', exact: true },
  { to: '/experiments/$experimentId/evaluations', label: 'Evaluations', exact: true },
  { to: '/experiments/$experimentId/datasets', label: 'Data sets', exact: false },
  { to: '/experiments/$experimentId/scorers', label: 'Scorers', exact: true },
  { to: '/experiments/$experimentId/reviews', label: 'Reviews', exact: false },
  { to: '/experiments/$experimentId/issues', label: 'Issues', exact: true },
] as const

/** The top of every page of an experiment: its name, its sections, and what can be done with it. */
export function ExperimentHeader({ experimentId, experiment }: Props) {
  const [details, setDetails] = useState(false)
  const navigate = useNavigate()
  const name = experiment?.name
  return (
    <>
      <PageHeader
        trail={
          <Link to="/experiments" className="hover:text-ink hover:underline">
            Experiments
          </Link>
        }
        title={
          name === undefined ? (
            <span className="skeleton inline-block h-4 w-44 align-middle" />
          ) : (
            <span className="block truncate" title={name}>
              {name}
            </span>
          )
        }
        actions={
          experiment && (
            <>
              <IconButton label="About this experiment" onClick={() => setDetails(true)}>
                <Info size={15} />
              </IconButton>
              <ExperimentMenu
                experiment={experiment}
                onDeleted={() => void navigate({ to: '/experiments' })}
              />
            </>
          )
        }
      />
      <nav
        aria-label="Sections of the experiment"
        className="flex h-9 shrink-0 items-end gap-4 overflow-x-auto border-b px-4 [scrollbar-width:none] md:px-5"
      >
        {SECTIONS.map((section) => (
          <Section key={section.to} {...section} experimentId={experimentId}>
            {section.label}
          </Section>
        ))}
      </nav>
      {experiment && (
        <ExperimentDetails
          experiment={experiment}
          open={details}
          onClose={() => setDetails(false)}
        />
      )}
    </>
  )
}

interface SectionProps {
  to: (typeof SECTIONS)[number]['to']
  exact: boolean
  experimentId: string
  children: ReactNode
}

function Section({ to, exact, experimentId, children }: SectionProps) {
  const link = useRef<HTMLAnchorElement>(null)
  // On a narrow screen the section that is shown may lie beyond the edge.
  useEffect(() => {
    if (link.current?.dataset.status === 'active') {
      link.current.scrollIntoView({ inline: 'center', block: 'nearest' })
    }
  }, [])
  return (
    <Link
      ref={link}
      to={to}
      params={{ experimentId }}
      activeOptions={{ exact, includeSearch: false }}
      className="-mb-px flex h-9 shrink-0 items-center border-b-2 border-transparent text-muted hover:text-ink data-[status=active]:border-accent data-[status=active]:font-medium data-[status=active]:text-ink"
    >
      {children}
    </Link>
  )
}
