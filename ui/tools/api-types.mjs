// Makes src/lib/api.gen.ts, the types of the server's messages, of openapi.json. With --check it only
// says whether the file is up to date.

import { readFile, writeFile } from 'node:fs/promises'
import { compile } from 'json-schema-to-typescript'

const here = new URL('../', import.meta.url)
const target = new URL('src/lib/api.gen.ts', here)
const document = JSON.parse(await readFile(new URL('openapi.json', here), 'utf8'))

const REFERENCE = '#/components/schemas/'

const mapValues = (object, change) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]))

/** The schema as the pages need it: what may be null is left out by the server instead. */
function plain(schema) {
  if (Array.isArray(schema)) return schema.map(plain)
  if (typeof schema !== 'object' || schema === null) return schema
  const { $ref, anyOf, oneOf, type, description, properties, enum: values, ...rest } = schema
  if ($ref) return { $ref: $ref.replace(REFERENCE, '#/definitions/') }
  const parts = anyOf?.filter((part) => part.type !== 'null')
  if (parts?.length === 1) return { ...plain(parts[0]) }
  const out = mapValues(rest, plain)
  if (description) out.description = description
  if (type) out.type = Array.isArray(type) ? type.find((each) => each !== 'null') : type
  if (values) out.enum = values.filter((value) => value !== null)
  if (parts) out.anyOf = parts.map(plain)
  // Of several forms, each has a field of its own that says which it is.
  const forms = (oneOf ?? []).map((form) => form.properties).filter(Boolean)
  if (oneOf && forms.length === 0) out.oneOf = oneOf.map(plain)
  if (properties || forms.length > 0) {
    out.type = 'object'
    out.properties = mapValues(Object.assign({}, properties, ...forms), plain)
    // Fields that this version does not know are no business of the pages.
    out.additionalProperties ??= false
  }
  return out
}

const definitions = mapValues(document.components.schemas, (schema, name) => ({
  ...plain(schema),
  title: name,
}))
const root = { title: 'Messages', type: 'object', additionalProperties: false, definitions }
const made = await compile(root, 'Messages', {
  bannerComment:
    '// Made by `npm run types` of openapi.json, which the server makes of its own types.\n',
  unreachableDefinitions: true,
  style: { semi: false, singleQuote: true, printWidth: 100 },
})
const text = made
  .replace(/^export interface Messages \{\}\n/m, '')
  .replace(/ \* This interface was referenced by [^*]*\n \* via the `definition` "\w+"\.\n/g, '')
  .replace(/\/\*\*\n \*\/\n/g, '')

if (process.argv.includes('--check')) {
  const found = await readFile(target, 'utf8').catch(() => '')
  if (found !== text) {
    process.stderr.write('src/lib/api.gen.ts is not what openapi.json says: run `npm run types`\n')
    process.exit(1)
  }
} else {
  await writeFile(target, text)
}
