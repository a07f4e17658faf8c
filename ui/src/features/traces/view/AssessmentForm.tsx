import { type FormEvent, useId, useState } from 'react'
import { Button } from '~/components/Button'
import { Segmented } from '~/components/Controls'
import { ErrorNote } from '~/components/ErrorState'
import { Input, TextArea } from '~/components/Field'
import { useAddAssessment, useUpdateAssessment } from '~/features/traces/view/queries'
import { assessmentValue } from '~/lib/assessments'
import { useRemembered } from '~/lib/storage'
import type { Assessment } from '~/lib/traces'

interface Props {
  traceId: string
  spanId: string | undefined
  /** An assessment to change: its writer's own is edited, another's is overridden and kept. */
  before?: Assessment
  names: readonly string[]
  onClose: () => void
}

type Kind = 'feedback' | 'expectation'
type Type = 'bool' | 'number' | 'text' | 'json'

const KINDS = [
  { value: 'feedback', label: 'Feedback', title: 'Feedback: how good it is' },
  { value: 'expectation', label: 'Expectation', title: 'Expectation: what it should be' },
] as const
const TYPES = [
  { value: 'bool', label: 'Yes / no' },
  { value: 'number', label: 'Number' },
  { value: 'text', label: 'Text' },
  { value: 'json', label: 'JSON' },
] as const

function typeOf(value: unknown): Type {
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return 'number'
  return typeof value === 'object' && value !== null ? 'json' : 'text'
}

function read(type: Type, text: string): unknown {
  if (type === 'bool') return text === 'true'
  if (type === 'text') return text
  if (type === 'json') return JSON.parse(text)
  const number = Number(text)
  if (text.trim() === '' || Number.isNaN(number)) throw new Error('This is not a number.')
  return number
}

export function AssessmentForm({ traceId, spanId, before, names, onClose }: Props) {
  const old = before && assessmentValue(before)
  const own = before?.source?.source_type === 'HUMAN'
  const [kind, setKind] = useState<Kind>(before?.expectation ? 'expectation' : 'feedback')
  const [name, setName] = useState(before?.assessment_name ?? '')
  const [type, setType] = useState<Type>(before ? typeOf(old) : 'bool')
  const [value, setValue] = useState(
    before === undefined ? 'true' : typeof old === 'string' ? old : JSON.stringify(old ?? ''),
  )
  const [rationale, setRationale] = useState(own ? (before?.rationale ?? '') : '')
  const [reviewer, setReviewer] = useRemembered('reviewer')
  const [wholeTrace, setWholeTrace] = useState(true)
  const [error, setError] = useState<unknown>()
  const add = useAddAssessment()
  const update = useUpdateAssessment()
  const id = useId()

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setError(undefined)
    try {
      const parsed = read(type, value)
      if (before && own) await update.mutateAsync({ before, value: parsed, rationale })
      else
        await add.mutateAsync({
          traceId,
          assessment: {
            assessment_name: name.trim(),
            span_id: before ? before.span_id : wholeTrace ? undefined : spanId,
            source: { source_type: 'HUMAN', source_id: reviewer?.trim() || 'default' },
            [kind]: { value: parsed },
            rationale: rationale || undefined,
            overrides: before?.assessment_id,
          },
        })
      onClose()
    } catch (failure) {
      setError(failure instanceof SyntaxError ? new Error('This is not JSON.') : failure)
    }
  }
  const pickType = (next: Type) => {
    setType(next)
    setValue(next === 'bool' ? 'true' : '')
  }
  return (
    <form
      aria-label={before ? `Change ${before.assessment_name}` : 'Add an assessment'}
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        onClose()
      }}
      className="flex flex-col gap-2 rounded-lg border bg-canvas p-2.5"
    >
      {!before && (
        <>
          <Segmented label="Kind" value={kind} options={KINDS} onChange={setKind} />
          <Input
            autoFocus
            aria-label="Name"
            placeholder="Name, as helpfulness"
            list={`${id}-names`}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <datalist id={`${id}-names`}>
            {names.map((each) => (
              <option key={each} value={each} />
            ))}
          </datalist>
          <Segmented label="Type of the value" value={type} options={TYPES} onChange={pickType} />
        </>
      )}
      {type === 'bool' ? (
        <Segmented
          label="Value"
          value={value === 'true' ? 'true' : 'false'}
          options={[
            { value: 'true', label: 'Yes' },
            { value: 'false', label: 'No' },
          ]}
          onChange={setValue}
        />
      ) : type === 'number' ? (
        <Input
          aria-label="Value"
          placeholder="0.8"
          inputMode="decimal"
          value={value}
          onChange={(event) => setValue(event.target.value)}
        />
      ) : (
        <TextArea
          aria-label="Value"
          placeholder={type === 'json' ? '{"score": 4}' : 'Value'}
          rows={2}
          className={type === 'json' ? 'font-mono text-xs' : ''}
          value={value}
          onChange={(event) => setValue((event.target as unknown as HTMLTextAreaElement).value)}
        />
      )}
      <TextArea
        aria-label="Rationale"
        placeholder="Why? (Markdown)"
        rows={2}
        value={rationale}
        onChange={(event) => setRationale((event.target as unknown as HTMLTextAreaElement).value)}
      />
      {!(before && own) && (
        <Input
          aria-label="Your name"
          placeholder="Your name"
          value={reviewer ?? ''}
          onChange={(event) => setReviewer(event.target.value || undefined)}
        />
      )}
      {!before && spanId && (
        <Segmented
          label="About"
          value={wholeTrace ? 'trace' : 'span'}
          options={[
            { value: 'trace', label: 'Whole trace' },
            { value: 'span', label: 'This span' },
          ]}
          onChange={(next) => setWholeTrace(next === 'trace')}
        />
      )}
      {error !== undefined && <ErrorNote error={error} />}
      <div className="flex gap-2">
        <Button
          kind="solid"
          size="small"
          type="submit"
          disabled={!name.trim() || add.isPending || update.isPending}
        >
          {before ? (own ? 'Save' : 'Override') : 'Add'}
        </Button>
        <Button size="small" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  )
}
