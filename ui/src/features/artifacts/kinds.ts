type PreviewKind =
  | 'image'
  | 'audio'
  | 'video'
  | 'pdf'
  | 'json'
  | 'table'
  | 'parquet'
  | 'markdown'
  | 'html'
  | 'code'
  | 'text'

const IMAGES: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  svg: 'image/svg+xml',
  bmp: 'image/bmp',
  ico: 'image/x-icon',
  avif: 'image/avif',
}

const AUDIO = ['wav', 'mp3', 'ogg', 'oga', 'flac', 'm4a', 'aac', 'opus']
const VIDEO = ['mp4', 'webm', 'mov', 'm4v', 'ogv']

const LANGUAGES: Record<string, string> = {
  py: 'python',
  yaml: 'yaml',
  yml: 'yaml',
  js: 'javascript',
  mjs: 'javascript',
  ts: 'typescript',
  sh: 'bash',
  sql: 'sql',
  xml: 'xml',
  r: 'r',
  java: 'java',
  toml: 'ini',
  ini: 'ini',
  cfg: 'ini',
  dockerfile: 'bash',
}

const TEXTS = ['txt', 'log', 'env', 'out', 'err', 'properties', 'lock']
/** Files without an ending that are text by custom. */
const PLAIN_NAMES = ['mlmodel', 'mlproject', 'readme', 'license', 'makefile', 'requirements']

export interface Preview {
  kind: PreviewKind
  /** A media type for bytes, a language for code, a separator for tables. */
  detail: string
}

/** How a file is shown, told by its name; undefined where it only can be downloaded. */
export function previewOf(path: string): Preview | undefined {
  const name = (path.split('/').at(-1) ?? '').toLowerCase()
  const ending = name.includes('.') ? (name.split('.').at(-1) ?? '') : ''
  const image = IMAGES[ending]
  if (image) return { kind: 'image', detail: image }
  if (AUDIO.includes(ending)) return { kind: 'audio', detail: '' }
  if (VIDEO.includes(ending)) return { kind: 'video', detail: '' }
  if (ending === 'pdf') return { kind: 'pdf', detail: 'application/pdf' }
  if (ending === 'parquet') return { kind: 'parquet', detail: '' }
  if (['json', 'geojson', 'ipynb'].includes(ending)) return { kind: 'json', detail: 'json' }
  if (ending === 'csv') return { kind: 'table', detail: ',' }
  if (ending === 'tsv') return { kind: 'table', detail: '\t' }
  if (['md', 'markdown'].includes(ending)) return { kind: 'markdown', detail: '' }
  if (['html', 'htm'].includes(ending)) return { kind: 'html', detail: '' }
  const language =
    LANGUAGES[ending] ??
    LANGUAGES[name] ??
    (name === 'mlmodel' || name === 'mlproject' ? 'yaml' : undefined)
  if (language) return { kind: 'code', detail: language }
  if (ending === 'jsonl' || TEXTS.includes(ending) || (!ending && PLAIN_NAMES.includes(name))) {
    return { kind: 'text', detail: '' }
  }
  return undefined
}
