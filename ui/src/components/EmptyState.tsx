import type { ReactNode } from 'react'

interface Props {
  title: string
  icon?: ReactNode
  children?: ReactNode
  actions?: ReactNode
}

export function EmptyState({ title, icon, children, actions }: Props) {
  return (
    <div className="mx-auto flex w-full max-w-xl flex-col items-start gap-3 px-6 py-14">
      {icon && (
        <div className="flex size-9 items-center justify-center rounded-lg bg-accent-soft text-accent">
          {icon}
        </div>
      )}
      <h2 className="text-base font-semibold">{title}</h2>
      {children && <div className="flex w-full flex-col gap-3 text-muted">{children}</div>}
      {actions && <div className="flex gap-2">{actions}</div>}
    </div>
  )
}
