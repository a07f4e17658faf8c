import { useMemo } from 'react'
import { classes } from '~/components/classes'
import { type Prompt, templateText } from '~/features/prompts/prompt'
import { type DiffRow, diffText, type Part } from '~/lib/diff'

/** Two versions side by side, with the lines and words that differ. */
export function PromptDiff({ before, after }: { before: Prompt; after: Prompt }) {
  const parts = [
    { title: 'Template', left: templateText(before.template), right: templateText(after.template) },
    { title: 'Model config', left: before.config ?? '', right: after.config ?? '' },
    { title: 'Response format', left: before.format ?? '', right: after.format ?? '' },
  ].filter(({ title, left, right }) => title === 'Template' || left !== right)
  return (
    <div className="flex flex-col gap-5">
      {parts.map((part) => (
        <Section
          key={part.title}
          {...part}
          names={[`Version ${before.version}`, `Version ${after.version}`]}
        />
      ))}
    </div>
  )
}

interface SectionProps {
  title: string
  left: string
  right: string
  names: [string, string]
}

function Section({ title, left, right, names }: SectionProps) {
  const rows = useMemo(() => diffText(left, right), [left, right])
  const same = rows.every((row) => row.same)
  return (
    <section aria-label={title} className="overflow-hidden rounded-lg border bg-surface">
      <h2 className="flex h-10 items-center justify-between border-b px-3 font-medium">
        {title}
        {same && <span className="text-xs font-normal text-faint">Nothing differs</span>}
      </h2>
      <table className="w-full table-fixed font-mono text-xs leading-5">
        <thead className="font-sans text-faint">
          <tr className="border-b bg-canvas">
            {names.map((name) => (
              <th key={name} scope="col" className="px-3 py-1 text-left font-medium">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name
            <tr key={index}>
              <Side row={row} parts={row.left} tone="bad" />
              <Side row={row} parts={row.right} tone="good" />
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Side({ row, parts, tone }: { row: DiffRow; parts?: Part[]; tone: 'bad' | 'good' }) {
  const Word = tone === 'bad' ? 'del' : 'ins'
  return (
    <td
      className={classes(
        'border-l px-3 align-top break-words whitespace-pre-wrap first:border-l-0',
        !row.same && parts && (tone === 'bad' ? 'bg-bad-soft' : 'bg-good-soft'),
        !parts && 'bg-canvas',
      )}
    >
      {parts?.map((part, index) =>
        part.changed && !row.same ? (
          <Word
            // biome-ignore lint/suspicious/noArrayIndexKey: parts of one line in their order
            key={index}
            className={classes(
              'font-semibold no-underline',
              tone === 'bad' ? 'text-bad' : 'text-good',
            )}
          >
            {part.text}
          </Word>
        ) : (
          part.text
        ),
      )}
      {parts?.every((part) => part.text === '') && '\u200b'}
    </td>
  )
}
