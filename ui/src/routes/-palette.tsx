import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useRouterState } from '@tanstack/react-router'
import {
  Box,
  Braces,
  ChartColumn,
  Columns3,
  FlaskConical,
  GitCompareArrows,
  HelpCircle,
  MessageSquareText,
  MessagesSquare,
  Monitor,
  Moon,
  Plus,
  Sun,
  TestTubeDiagonal,
  Waypoints,
} from 'lucide-react'
import { useDeferredValue, useState } from 'react'
import { type Command, type CommandGroup, CommandList } from '~/components/CommandList'
import { findTraces } from '~/features/traces/table/queries'
import { isExpression } from '~/features/tracking/experiments/filter'
import { DEFAULT_ORDER, searchExperiments } from '~/features/tracking/experiments/queries'
import { findRuns, runQuery } from '~/features/tracking/runs/queries'
import { quoteValue } from '~/lib/filters'
import { previewLine } from '~/lib/previews'
import { type Kind, DEFAULT_ORDER as NEWEST, searchRegistry } from '~/lib/registry'
import { runName } from '~/lib/runs'
import { applyTheme } from '~/lib/theme'
import { shortTraceId, traceName } from '~/lib/traces'

interface Props {
  open: boolean
  onClose: () => void
  onHelp: () => void
}

const ICON = 15
const FOUND = 7
/** Shorter words are in every trace. */
const LEAST_WORDS = 3

/** The experiment that the open page is about. */
function useExperimentId(): string | undefined {
  const { experimentId, runId } = useParams({ strict: false }) as {
    experimentId?: string
    runId?: string
  }
  const { data: run } = useQuery({ ...runQuery(runId ?? ''), enabled: runId !== undefined })
  return experimentId ?? run?.info.experiment_id
}

/** Models or prompts whose name holds what was typed. */
function useFound(kind: Kind, text: string, open: boolean) {
  const found = useQuery({
    queryKey: ['registry', 'find', kind, text],
    queryFn: ({ signal }) =>
      searchRegistry({ kind, text, order: NEWEST }, FOUND, undefined, signal),
    // A list of all of them would push the actions out of sight.
    enabled: open && text !== '',
    placeholderData: keepPreviousData,
  })
  return text ? (found.data?.registered_models ?? []) : []
}

export function Palette({ open, onClose, onHelp }: Props) {
  const [text, setText] = useState('')
  const [wasOpen, setWasOpen] = useState(open)
  if (open !== wasOpen) {
    setWasOpen(open)
    if (open) setText('')
  }
  const query = useDeferredValue(text.trim())
  const experimentId = useExperimentId()
  const navigate = useNavigate()
  const selection = useRouterState({
    select: (state) => (state.location.search as { sel?: string[] }).sel,
  })

  const experiments = useQuery({
    queryKey: ['experiments', 'find', query],
    queryFn: ({ signal }) =>
      searchExperiments(
        { text: query, deleted: false, order: DEFAULT_ORDER },
        FOUND,
        undefined,
        signal,
      ),
    enabled: open,
    placeholderData: keepPreviousData,
  })
  const runs = useQuery({
    queryKey: ['runs', 'find', experimentId, query],
    queryFn: ({ signal }) =>
      findRuns(
        experimentId ?? '',
        query ? `attributes.run_name ILIKE ${quoteValue(`%${query}%`)}` : '',
        signal,
      ),
    enabled: open && experimentId !== undefined,
    placeholderData: keepPreviousData,
  })

  const models = useFound('models', query, open)
  const prompts = useFound('prompts', query, open)

  const traces = useQuery({
    queryKey: ['traces', 'find', experimentId, query],
    queryFn: ({ signal }) => findTraces(experimentId ?? '', query, signal),
    enabled: open && experimentId !== undefined && query.length >= LEAST_WORDS,
    placeholderData: keepPreviousData,
    retry: false,
  })

  const actions: Command[] = [
    {
      id: 'reference',
      title: 'API reference',
      icon: <Braces size={ICON} />,
      run: () => void navigate({ to: '/reference' }),
    },
    {
      id: 'new',
      title: 'New experiment',
      icon: <Plus size={ICON} />,
      run: () => void navigate({ to: '/experiments', search: { new: true } }),
    },
    {
      id: 'light',
      title: 'Theme: light',
      icon: <Sun size={ICON} />,
      run: () => applyTheme('light'),
    },
    { id: 'dark', title: 'Theme: dark', icon: <Moon size={ICON} />, run: () => applyTheme('dark') },
    {
      id: 'system',
      title: 'Theme: same as system',
      icon: <Monitor size={ICON} />,
      run: () => applyTheme('system'),
    },
    {
      id: 'help',
      title: 'Keyboard shortcuts',
      icon: <HelpCircle size={ICON} />,
      shortcut: '?',
      run: onHelp,
    },
    {
      id: 'components',
      title: 'Design: all components',
      icon: <Columns3 size={ICON} />,
      run: () => void navigate({ to: '/dev/components' }),
    },
  ]
  if (selection && selection.length > 1) {
    actions.unshift({
      id: 'compare',
      title: `Compare ${selection.length} selected runs`,
      icon: <GitCompareArrows size={ICON} />,
      run: () => void navigate({ to: '/compare', search: { runs: selection } }),
    })
  }
  if (experimentId) {
    const params = { experimentId }
    actions.unshift(
      {
        id: 'traces',
        title: 'Traces of this experiment',
        icon: <Waypoints size={ICON} />,
        run: () => void navigate({ to: '/experiments/$experimentId/traces', params }),
      },
      {
        id: 'sessions',
        title: 'Sessions of this experiment',
        icon: <MessagesSquare size={ICON} />,
        run: () => void navigate({ to: '/experiments/$experimentId/sessions', params }),
      },
      {
        id: 'monitoring',
        title: 'Monitoring of this experiment',
        icon: <ChartColumn size={ICON} />,
        run: () => void navigate({ to: '/experiments/$experimentId/monitoring', params }),
      },
    )
  }
  const traceId = /^tr-[0-9a-f]{32}$/.exec(query)?.[0]
  if (traceId) {
    actions.unshift({
      id: 'trace',
      title: `Open trace ${traceId}`,
      icon: <Waypoints size={ICON} />,
      run: () => void navigate({ to: '/traces/$traceId', params: { traceId } }),
    })
  }
  // What is found for the letters before must not answer to Enter for those typed since.
  const wanted = text.trim().toLowerCase()
  const fits = (command: Command) => command.title.toLowerCase().includes(wanted)
  const groups: CommandGroup[] = [
    {
      title: 'Runs of this experiment',
      commands: (runs.data?.runs ?? [])
        .map((run) => ({
          id: run.info.run_id,
          title: runName(run),
          detail: run.info.run_id.slice(0, 8),
          icon: <TestTubeDiagonal size={ICON} />,
          run: () => void navigate({ to: '/runs/$runId', params: { runId: run.info.run_id } }),
        }))
        .filter(fits)
        .slice(0, FOUND),
    },
    {
      title: 'Experiments',
      commands: (experiments.data?.experiments ?? [])
        .map((experiment) => ({
          id: `experiment-${experiment.experiment_id}`,
          title: experiment.name,
          icon: <FlaskConical size={ICON} />,
          run: () =>
            void navigate({
              to: '/experiments/$experimentId',
              params: { experimentId: experiment.experiment_id },
            }),
        }))
        .filter((command) => isExpression(query) || fits(command)),
    },
    {
      title: 'Traces of this experiment',
      commands: (query.length >= LEAST_WORDS ? (traces.data ?? []) : []).map((trace) => ({
        id: trace.trace_id,
        title: previewLine(trace.request_preview) || shortTraceId(trace.trace_id),
        detail: traceName(trace),
        icon: <Waypoints size={ICON} />,
        run: () => void navigate({ to: '/traces/$traceId', params: { traceId: trace.trace_id } }),
      })),
    },
    {
      title: 'Models',
      commands: models
        .map(({ name }) => ({
          id: `model-${name}`,
          title: name,
          icon: <Box size={ICON} />,
          run: () => void navigate({ to: '/models/$name', params: { name } }),
        }))
        .filter(fits),
    },
    {
      title: 'Prompts',
      commands: prompts
        .map(({ name }) => ({
          id: `prompt-${name}`,
          title: name,
          icon: <MessageSquareText size={ICON} />,
          run: () => void navigate({ to: '/prompts/$name', params: { name } }),
        }))
        .filter(fits),
    },
    {
      title: 'Actions',
      commands: actions.filter(fits),
    },
  ]
  return (
    <CommandList
      open={open}
      onClose={onClose}
      query={text}
      onQuery={setText}
      groups={groups}
      busy={experiments.isFetching || runs.isFetching}
    />
  )
}
