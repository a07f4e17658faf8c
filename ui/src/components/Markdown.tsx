import { useQuery } from '@tanstack/react-query'

async function render(source: string, breaks: boolean): Promise<string> {
  const [{ marked }, { default: purify }] = await Promise.all([
    import('marked'),
    import('dompurify'),
  ])
  const html = await marked.parse(source, { gfm: true, breaks })
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
  /** A single line break stays one, as in a conversation. */
  breaks?: boolean
}

/** Markdown that a user wrote, without anything that could run or leave its place. */
export function Markdown({ source, breaks = false }: Props) {
  const { data } = useQuery({
    queryKey: ['markdown', source, breaks],
    queryFn: () => render(source, breaks),
    staleTime: Number.POSITIVE_INFINITY,
  })
  // Until then the text itself stands there, so that little moves.
  if (data === undefined) return <div className="prose whitespace-pre-wrap">{source}</div>
  return (
    // biome-ignore lint/security/noDangerouslySetInnerHtml: sanitised just above
    <div className="prose" dangerouslySetInnerHTML={{ __html: data }} />
  )
}
