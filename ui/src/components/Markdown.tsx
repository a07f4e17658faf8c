import { useQuery } from '@tanstack/react-query'

async function render(source: string): Promise<string> {
  const [{ marked }, { default: purify }] = await Promise.all([
    import('marked'),
    import('dompurify'),
  ])
  const html = await marked.parse(source, { gfm: true, breaks: false })
  return purify.sanitize(html, {
    USE_PROFILES: { html: true },
    FORBID_TAGS: ['style', 'form', 'input', 'button', 'textarea', 'select', 'iframe'],
    FORBID_ATTR: ['style', 'id', 'name', 'class'],
  })
}

/** Markdown that a user wrote, without anything that could run or leave its place. */
export function Markdown({ source }: { source: string }) {
  const { data } = useQuery({
    queryKey: ['markdown', source],
    queryFn: () => render(source),
    staleTime: Number.POSITIVE_INFINITY,
  })
  return (
    // biome-ignore lint/security/noDangerouslySetInnerHtml: sanitised just above
    <div className="prose" dangerouslySetInnerHTML={{ __html: data ?? '' }} />
  )
}
