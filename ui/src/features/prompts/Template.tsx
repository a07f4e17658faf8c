import type { ReactNode } from 'react'
import { CopyButton } from '~/components/CopyButton'
import { type Prompt, templateText, VARIABLE } from '~/features/prompts/prompt'

/** A template with its variables set apart. */
function Filled({ text }: { text: string }) {
  const parts: ReactNode[] = []
  let end = 0
  for (const match of text.matchAll(VARIABLE)) {
    parts.push(text.slice(end, match.index))
    parts.push(
      <span key={match.index} className="rounded-xs bg-accent-soft font-medium text-accent">
        {match[0]}
      </span>,
    )
    end = match.index + match[0].length
  }
  return (
    <div className="px-3 py-2.5 font-mono text-xs leading-5 break-words whitespace-pre-wrap">
      {parts}
      {text.slice(end)}
    </div>
  )
}

export function Template({ prompt }: { prompt: Prompt }) {
  const { template } = prompt
  return (
    <section aria-label="Template" className="overflow-hidden rounded-lg border bg-surface">
      <div className="flex h-10 items-center justify-between border-b pr-1.5 pl-3">
        <h2 className="font-medium">Template</h2>
        <CopyButton text={templateText(template)} label="Copy template" />
      </div>
      {typeof template === 'string' ? (
        <Filled text={template} />
      ) : (
        template.map((message, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: messages have no name but their place
          <div key={index} className="border-b last:border-b-0">
            <h3 className="bg-canvas px-3 pt-1.5 pb-1 text-xs font-medium text-faint capitalize">
              {message.role}
            </h3>
            <Filled text={message.content} />
          </div>
        ))
      )}
    </section>
  )
}

export function JsonCard({ title, json }: { title: string; json: string | undefined }) {
  if (!json) return null
  return (
    <section aria-label={title} className="overflow-hidden rounded-lg border bg-surface">
      <h2 className="flex h-10 items-center border-b px-3 font-medium">{title}</h2>
      <pre tabIndex={0} className="overflow-x-auto px-3 py-2.5 font-mono text-xs leading-5">
        {json}
      </pre>
    </section>
  )
}
