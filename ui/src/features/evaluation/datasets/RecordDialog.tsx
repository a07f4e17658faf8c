import { type FormEvent, useId, useState } from 'react'
import { Button } from '~/components/Button'
import { classes } from '~/components/classes'
import { Dialog } from '~/components/Dialog'
import { ErrorNote } from '~/components/ErrorState'
import { TextArea } from '~/components/Field'
import { notify } from '~/components/Toasts'
import { type DatasetRecord, useSaveRecord } from '~/features/evaluation/datasets/queries'
import { parseObject } from '~/lib/traces'

interface Props {
  datasetId: string
  /** The record to change; without it a new one begins. */
  record: DatasetRecord | undefined
  onClose: () => void
}

const indented = (value: unknown) => (value == null ? '' : JSON.stringify(value, null, 2))

/** A record as the JSON that it is. */
export function RecordDialog({ datasetId, record, onClose }: Props) {
  const [inputs, setInputs] = useState(indented(record?.inputs ?? { question: '' }))
  const [expectations, setExpectations] = useState(indented(record?.expectations))
  const [tags, setTags] = useState(indented(userTags(record)))
  const save = useSaveRecord(datasetId)
  const read = (text: string) =>
    text.trim() ? parseObject<Record<string, unknown>>(text) : ({} as Record<string, unknown>)
  const parts = [read(inputs), read(expectations), read(tags)] as const
  const ready = parts.every((part) => part !== undefined && !Array.isArray(part))
  const [readInputs, readExpectations, readTags] = parts
  const filled = readInputs !== undefined && Object.keys(readInputs).length > 0
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!readInputs || !readExpectations || !readTags) return
    const draft = {
      inputs: readInputs,
      expectations: readExpectations,
      tags: readTags as Record<string, string>,
    }
    save.mutate(
      { draft, before: record },
      {
        onSuccess: () => {
          notify(record ? 'Saved the record' : 'Added a record')
          onClose()
        },
      },
    )
  }
  return (
    <Dialog open onClose={onClose} wide title={record ? 'Edit record' : 'New record'}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <JsonField label="Inputs" value={inputs} onChange={setInputs} rows={6} required />
        <JsonField
          label="Expectations"
          value={expectations}
          onChange={setExpectations}
          rows={6}
          hint='{ "expected_answer": "what would be right" }'
        />
        <JsonField label="Tags" value={tags} onChange={setTags} rows={3} />
        {record && (
          <p className="text-xs text-faint">
            A record is known by its inputs. With other inputs it becomes another record.
          </p>
        )}
        {save.error && <ErrorNote error={save.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="solid" type="submit" disabled={!ready || !filled || save.isPending}>
            {record ? 'Save' : 'Add record'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function userTags(record: DatasetRecord | undefined) {
  const tags = Object.entries(record?.tags ?? {}).filter(([key]) => !key.startsWith('mlflow.'))
  return tags.length > 0 ? Object.fromEntries(tags) : undefined
}

interface FieldProps {
  label: string
  value: string
  onChange: (value: string) => void
  rows: number
  hint?: string
  required?: boolean
}

function JsonField({ label, value, onChange, rows, hint, required }: FieldProps) {
  const id = useId()
  const wrong = value.trim() !== '' && parseObject(value) === undefined
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="flex justify-between text-xs font-medium text-muted">
        {label}
        {wrong && <span className="font-normal text-bad">This is no JSON object</span>}
      </label>
      <TextArea
        id={id}
        rows={rows}
        value={value}
        required={required}
        aria-invalid={wrong}
        spellCheck={false}
        placeholder={hint}
        onChange={(event) => onChange(event.target.value)}
        className={classes('font-mono text-xs')}
      />
    </div>
  )
}
