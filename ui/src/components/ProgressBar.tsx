interface Props {
  label: string
  /** From 0 to 1; undefined where the end is not known. */
  value: number | undefined
}

export function ProgressBar({ label, value }: Props) {
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={value === undefined ? undefined : Math.round(value * 100)}
      className="h-1.5 w-full overflow-hidden rounded-full bg-pressed"
    >
      <div
        className={
          value === undefined
            ? 'h-full w-1/3 rounded-full bg-accent-solid [animation:slide-along_1.2s_ease-in-out_infinite]'
            : 'h-full rounded-full bg-accent-solid transition-[width] duration-150'
        }
        style={value === undefined ? undefined : { width: `${value * 100}%` }}
      />
    </div>
  )
}
