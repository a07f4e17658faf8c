import { createFileRoute } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { PageHeader } from '~/components/PageHeader'
import { useTitle } from '~/lib/title'
import { Buttons, Fields, Layers } from '~/routes/dev/-controls'
import { Charts, Colors, States, Text, Values } from '~/routes/dev/-displays'

export const Route = createFileRoute('/dev/components')({ component: ComponentsPage })

/** Every component in every state, for those who build with them. */
function ComponentsPage() {
  useTitle('Components')
  return (
    <>
      <PageHeader title="Components" />
      <section
        aria-label="Components"
        tabIndex={0}
        className="min-h-0 flex-1 overflow-y-auto border-t bg-canvas"
      >
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-8 p-5 lg:grid-cols-[repeat(2,minmax(0,1fr))]">
          <Column>
            <Block title="Colours">
              <Colors />
            </Block>
            <Block title="Buttons">
              <Buttons />
            </Block>
            <Block title="Fields">
              <Fields />
            </Block>
            <Block title="Layers">
              <Layers />
            </Block>
          </Column>
          <Column>
            <Block title="Text">
              <Text />
            </Block>
            <Block title="Values">
              <Values />
            </Block>
            <Block title="Charts">
              <Charts />
            </Block>
            <Block title="States">
              <States />
            </Block>
          </Column>
        </div>
      </section>
    </>
  )
}

function Column({ children }: { children: ReactNode }) {
  return <div className="flex min-w-0 flex-col gap-6">{children}</div>
}

function Block({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="min-w-0">
      <h2 className="pb-2 text-xs font-medium text-faint">{title}</h2>
      <div className="flex flex-col gap-4 rounded-lg border bg-surface p-4">{children}</div>
    </section>
  )
}
