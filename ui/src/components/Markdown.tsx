import { useQuery } from '@tanstack/react-query'

async function render(source: string, chat: boolean): Promise<string> {
  const [{ Marked }, { default: purify }] = await Promise.all([
    import('marked'),
    import('dompurify'),
  ])
  const marked = new Marked({ gfm: true, breaks: chat })
  if (chat) marked.use({ renderer: { html: ({ text }) => escapeHtml(text) } })
  const html = await marked.parse(source)
  const body = purify.sanitize(html, {
    USE_PROFILES: { html: true },
    FORBID_TAGS: ['style', 'form', 'button', 'textarea', 'select', 'iframe'],
    FORBID_ATTR: ['style', 'id', 'name', 'class', 'autofocus'],
    RETURN_DOM_FRAGMENT: true,
  })
  for (const image of body.querySelectorAll('img')) {
    // Pictures of other servers would tell them who reads the page; a link leaves that choice.
    if (!image.src.startsWith('data:image/')) image.replaceWith(linkTo(image))
  }
  for (const link of body.querySelectorAll('a')) {
    link.target = '_blank'
    link.rel = 'noopener noreferrer'
  }
  const box = document.createElement('div')
  box.append(body)
  return box.innerHTML
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

function escapeHtml(text: string): string {
  return text.replace(/[&<>]/g, (char) => ESCAPES[char] ?? char)
}

function linkTo(image: HTMLImageElement): HTMLElement {
  const address = image.getAttribute('src') ?? ''
  if (!/^https?:/.test(address)) return document.createElement('span')
  const link = document.createElement('a')
  link.href = address
  link.textContent = image.alt || address
  return link
}

interface Props {
  source: string
  /** As in a conversation: a single line break stays one, and HTML is text to be seen. */
  chat?: boolean
}

/** Markdown that a user wrote, without anything that could run or leave its place. */
export function Markdown({ source, chat = false }: Props) {
  const { data } = useQuery({
    queryKey: ['markdown', source, chat],
    queryFn: () => render(source, chat),
    staleTime: Number.POSITIVE_INFINITY,
  })
  // Until then the text itself stands there, so that little moves.
  if (data === undefined) return <div className="prose whitespace-pre-wrap">{source}</div>
  return (
    // biome-ignore lint/security/noDangerouslySetInnerHtml: sanitised just above
    <div className="prose" dangerouslySetInnerHTML={{ __html: data }} />
  )
}
