import { classes } from '~/components/classes'

interface Props {
  /** Those that are not known are left out. */
  facts: readonly (string | false | undefined)[]
  title?: string | undefined
  className?: string
}

/** A few short facts on one line, with dots between them. */
export function FactLine({ facts, title, className }: Props) {
  return (
    <p
      title={title}
      className={classes('flex flex-wrap gap-x-2 text-xs text-muted tabular', className)}
    >
      {facts
        .filter((fact) => fact !== undefined && fact !== false && fact !== '')
        .map((fact, index) => (
          <span
            key={String(fact)}
            className={
              index > 0 ? 'before:pr-2 before:text-line-strong before:content-["·"]' : undefined
            }
          >
            {fact}
          </span>
        ))}
    </p>
  )
}
