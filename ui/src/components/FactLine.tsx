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
        .map((fact, index, all) => (
          <span
            key={String(fact)}
            className={
              index < all.length - 1
                ? 'after:pl-2 after:text-line-strong after:content-["·"]'
                : undefined
            }
          >
            {fact}
          </span>
        ))}
    </p>
  )
}
