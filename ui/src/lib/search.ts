import * as v from 'valibot'

// Validators for search parameters. A wrong value falls back instead of failing: an old or mistyped
// link still opens its page.

export const text = () => v.fallback(v.optional(v.string()), undefined)

export const flag = () =>
  v.fallback(
    v.optional(
      v.pipe(
        v.union([v.boolean(), v.string()]),
        v.transform((value) => (value === true || value === 'true' ? true : undefined)),
      ),
    ),
    undefined,
  )

export const list = () =>
  v.fallback(
    v.optional(
      v.pipe(
        v.union([v.string(), v.array(v.string())]),
        v.transform((value) => (typeof value === 'string' ? [value] : value)),
      ),
    ),
    undefined,
  )

export const choice = <const T extends readonly string[]>(options: T) =>
  v.fallback(v.optional(v.picklist(options)), undefined)

export const amount = (minimum: number, maximum: number) =>
  v.fallback(
    v.optional(
      v.pipe(
        v.union([v.number(), v.pipe(v.string(), v.transform(Number))]),
        v.number(),
        v.minValue(minimum),
        v.maxValue(maximum),
      ),
    ),
    undefined,
  )
