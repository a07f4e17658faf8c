import { useState } from 'react'
import { Button } from '~/components/Button'
import { classes } from '~/components/classes'
import { Markdown } from '~/components/Markdown'
import { formatBytes } from '~/lib/numbers'

/** More than this is shown on request only: a span may hold megabytes. */
const MOST_SHOWN = 20_000
/** Parsing Markdown longer than this takes longer than reading it is worth. */
const MOST_MARKDOWN = 100_000

interface Props {
  text: string
  markdown?: boolean
  className?: string
}

/** Text of any length; Markdown where it is meant to be read. */
export function LongText({ text, markdown, className }: Props) {
  const [all, setAll] = useState(false)
  const cut = !all && text.length > MOST_SHOWN
  const shown = cut ? text.slice(0, MOST_SHOWN) : text
  return (
    <div className={classes('min-w-0', className)}>
      {markdown && shown.length <= MOST_MARKDOWN ? (
        <Markdown source={shown} chat />
      ) : (
        <div className="[overflow-wrap:anywhere] whitespace-pre-wrap">{shown}</div>
      )}
      {cut && (
        <Button size="small" className="mt-2" onClick={() => setAll(true)}>
          Show all of {formatBytes(text.length)}
        </Button>
      )}
    </div>
  )
}
