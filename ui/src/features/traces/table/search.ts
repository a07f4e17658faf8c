import { choice, list, text } from '~/lib/search'
import { RANGE_NAMES } from '~/lib/timeRange'

/** The search parameters of every page that shows a table of traces. */
export const tracesSearch = {
  filter: text(),
  sort: text(),
  cols: list(),
  sel: list(),
  range: choice(RANGE_NAMES),
  from: text(),
  to: text(),
  live: choice(['off']),
  trace: text(),
  span: text(),
  part: text(),
  view: text(),
}

export interface TracesSearch {
  filter?: string | undefined
  sort?: string | undefined
  cols?: string[] | undefined
  sel?: string[] | undefined
  range?: (typeof RANGE_NAMES)[number] | undefined
  from?: string | undefined
  to?: string | undefined
  live?: 'off' | undefined
  /** The trace that is open beside the table, the span in it, and what of the span is shown. */
  trace?: string | undefined
  span?: string | undefined
  part?: string | undefined
  /** The custom view that open traces are shown by. */
  view?: string | undefined
}
