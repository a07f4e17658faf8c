import { classes } from '~/components/classes'

export const STAGES = ['None', 'Staging', 'Production', 'Archived'] as const

const TONES: Record<string, string> = {
  Staging: 'bg-warn-soft text-warn',
  Production: 'bg-good-soft text-good',
  Archived: 'bg-pressed text-muted',
}

/** The stage of a version; nothing where it has none. */
export function StageBadge({ stage }: { stage: string | undefined }) {
  const tone = stage && TONES[stage]
  if (!tone) return null
  return (
    <span className={classes('inline-block rounded-sm px-1.5 text-xs leading-[18px]', tone)}>
      {stage}
    </span>
  )
}
