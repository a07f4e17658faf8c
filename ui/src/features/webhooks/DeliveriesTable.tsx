import { Absent, Ago } from '~/components/Time'
import type { Column } from '~/components/table/columns'
import { DataTable } from '~/components/table/DataTable'
import { DeliveryState } from '~/features/webhooks/DeliveryState'
import { type Delivery, eventText } from '~/features/webhooks/queries'
import { formatDuration } from '~/lib/time'

const COLUMNS: Column<Delivery>[] = [
  {
    id: 'event',
    header: 'Event',
    label: 'Event',
    width: 210,
    cell: (row) => <span className="font-medium">{eventText(row)}</span>,
  },
  {
    id: 'state',
    header: 'State',
    label: 'State',
    width: 100,
    cell: (row) => <DeliveryState delivery={row} />,
  },
  {
    id: 'time',
    header: 'Happened',
    label: 'Happened',
    width: 110,
    cell: (row) => (
      <span className="text-muted">
        <Ago time={row.creation_timestamp} />
      </span>
    ),
  },
  {
    id: 'attempts',
    header: 'Attempts',
    label: 'Attempts',
    width: 80,
    cell: (row) => <span className="text-muted tabular">{row.attempts}</span>,
  },
  {
    id: 'status',
    header: 'Answer',
    label: 'Answer',
    width: 72,
    cell: (row) =>
      row.response_status ? <span className="tabular">{row.response_status}</span> : <Absent />,
  },
  {
    id: 'duration',
    header: 'Took',
    label: 'Took',
    width: 80,
    cell: (row) =>
      row.duration_ms === undefined ? (
        <Absent />
      ) : (
        <span className="text-muted tabular">{formatDuration(row.duration_ms)}</span>
      ),
  },
  {
    id: 'error',
    header: 'Why not',
    label: 'Why not',
    width: 320,
    cell: (row) => (
      <span className="text-muted" title={row.error_message}>
        {row.error_message}
      </span>
    ),
  },
]

interface Props {
  deliveries: Delivery[]
  onOpen: (delivery: Delivery) => void
  onEnd: () => void
}

export function DeliveriesTable({ deliveries, onOpen, onEnd }: Props) {
  return (
    <DataTable
      label="Deliveries"
      memory="deliveries"
      columns={COLUMNS}
      rows={deliveries}
      rowId={(row) => row.event_id}
      onOpen={onOpen}
      onEnd={onEnd}
    />
  )
}
