/** A name that points at one version and can be moved to another. */
export function AliasChip({ alias, version }: { alias: string; version?: string }) {
  return (
    <span
      title={version ? `@${alias} is version ${version}` : `@${alias}`}
      className="inline-flex max-w-44 shrink-0 items-center rounded-sm bg-accent-soft px-1.5 text-xs leading-[18px] font-medium text-accent"
    >
      <span className="truncate">@{alias}</span>
      {version && <span className="ml-1 shrink-0 font-normal tabular">v{version}</span>}
    </span>
  )
}
