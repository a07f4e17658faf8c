import { NoteEditor } from '~/components/NoteEditor'
import { useTagRun } from '~/features/tracking/runs/queries'
import { NOTE, tagValue } from '~/lib/runs'
import type { Run } from '~/lib/wire'

/** What somebody wrote about the run, and its editor. */
export function RunNote({ run }: { run: Run }) {
  const tag = useTagRun()
  return (
    <NoteEditor
      note={tagValue(run.data.tags, NOTE) ?? ''}
      onSave={(value) => tag.mutateAsync({ id: run.info.run_id, key: NOTE, value })}
    />
  )
}
