import { jsonList } from '~/lib/hashUrls'

/** What a classic link was about that has no page here, and where to go on. */
export interface ClassicLink {
  title: string
  text: string
  /** Places below the mount point. */
  places: { label: string; href: string }[]
}

const EXPERIMENTS = { label: 'All experiments', href: '/experiments' }
const REFERENCE = { label: 'API reference', href: '/reference' }

const missing = (what: string, more: string) =>
  `The link leads to ${what}, which Headwater has no page for yet. ${more}`

const KINDS: Record<string, (path: string[]) => ClassicLink> = {
  gateway: ([part]) => ({
    title:
      part === 'api-keys' ? 'API keys of the gateway' : `The gateway${part ? `: ${part}` : ''}`,
    text: missing('the AI gateway', 'Calls to models are traced all the same.'),
    places: [EXPERIMENTS, REFERENCE],
  }),
  'mcp-registry': ([name]) => ({
    title: name ? `MCP server ${decoded(name)}` : 'MCP servers',
    text: missing('the registry of MCP servers', 'Clients and the REST API reach all of it.'),
    places: [REFERENCE],
  }),
  settings: ([section]) => ({
    title: section ? `Settings: ${section.replaceAll('-', ' ')}` : 'Settings',
    text: missing(
      'the settings',
      'Theme and row height are at the foot of the navigation, webhooks on a page of their own.',
    ),
    places: [{ label: 'Webhooks', href: '/webhooks' }],
  }),
  account: () => ({
    title: 'Your account',
    text: missing('an account', 'The server knows no users.'),
    places: [EXPERIMENTS],
  }),
  admin: ([part, name]) => ({
    title:
      part === 'ws' ? 'Workspaces' : name ? `${decoded(name)}: users and roles` : 'Users and roles',
    text: missing('the administration', 'The server knows no users, roles or workspaces.'),
    places: [EXPERIMENTS],
  }),
}

const PARTS: Record<string, [title: string, text: string, place: string, label: string]> = {
  models: [
    'Logged models',
    missing('the list of logged models', 'Each run shows the models that it made.'),
    '',
    'Runs',
  ],
  playground: [
    'Playground',
    missing('the playground', 'Prompts and their versions are here.'),
    '/prompts',
    'Prompts',
  ],
}

/** Reads the part of a classic link behind its "#". */
export function readClassicLink(link: string): ClassicLink {
  const at = link.indexOf('?')
  const path = (at < 0 ? link : link.slice(0, at)).split('/').filter(Boolean)
  const search = new URLSearchParams(at < 0 ? '' : link.slice(at + 1))
  const [kind = '', id, part = ''] = path
  const known = KINDS[kind]
  if (known) return known(path.slice(1))
  if (kind === 'experiments' && id) return ofExperiment(id, part, search)
  if (kind === 'compare-experiments') return comparison(jsonList(search.get('experiments') ?? ''))
  if (['compare-runs', 'metric', 'compare-model-versions'].includes(kind)) {
    return {
      title: 'A comparison of runs',
      text: 'The link names no run that could be compared. It may have been cut off.',
      places: [EXPERIMENTS],
    }
  }
  return {
    title: 'An unknown place',
    text: 'Headwater does not know what it leads to. It may be mistyped, or of another version.',
    places: [EXPERIMENTS],
  }
}

function ofExperiment(id: string, part: string, search: URLSearchParams): ClassicLink {
  const runs = { label: 'Runs of the experiment', href: `/experiments/${id}` }
  if (search.has('viewStateShareKey')) {
    return {
      title: 'A shared view of runs',
      text: 'MLflow’s web page keeps such a view in a form of its own, which Headwater does not read. The runs are here; a view is shared by sending its address.',
      places: [runs],
    }
  }
  const known = PARTS[search.get('compareRunsMode') === 'MODELS' ? 'models' : part]
  if (known) {
    const [title, text, place, label] = known
    const places = place ? [{ label, href: place }, runs] : [runs]
    return { title, text, places }
  }
  return {
    title: `Experiment ${id}: ${part}`,
    text: missing(`a part of an experiment called “${part}”`, 'The experiment itself is here.'),
    places: [runs],
  }
}

function comparison(ids: string[]): ClassicLink {
  const places = ids.slice(0, 20).map((id) => ({
    label: `Experiment ${id}`,
    href: `/experiments/${encodeURIComponent(id)}`,
  }))
  return {
    title: 'A comparison of experiments',
    text: missing(
      'the runs of several experiments in one table',
      'Each of the experiments is here; runs of one experiment can be compared.',
    ),
    places: places.length > 0 ? places : [EXPERIMENTS],
  }
}

function decoded(text: string): string {
  try {
    // The reference encodes names twice.
    return decodeURIComponent(decodeURIComponent(text))
  } catch {
    return text
  }
}
