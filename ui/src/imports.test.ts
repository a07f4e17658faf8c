import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, it } from 'vitest'

// The house rule: lib ← components ← features ← routes, and no feature knows another.

const ROOT = import.meta.dirname
const LAYERS = ['lib', 'components', 'features', 'routes']

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  return [...text.matchAll(/(?:from|import\()\s*'~\/([^']+)'/g)].map((match) => match[1] as string)
}

const layer = (path: string) => LAYERS.indexOf(path.split('/')[0] ?? '')
const feature = (path: string) =>
  path.startsWith('features/') ? path.split('/').slice(1, -1).join('/') : undefined

it('reads a tree that is there', () => {
  expect(sources(ROOT).length).toBeGreaterThan(50)
})

it('keeps imports in one direction, and features apart', () => {
  const wrong = sources(ROOT)
    .filter((file) => layer(file) >= 0)
    .flatMap((file) =>
      importsOf(file)
        .filter(
          (target) =>
            layer(target) > layer(file) ||
            (feature(file) !== undefined &&
              feature(target) !== undefined &&
              feature(file) !== feature(target)),
        )
        .map((target) => `${file} imports ${target}`),
    )
  expect(wrong).toEqual([])
})

it('has no file above 600 lines', () => {
  const long = sources(ROOT).filter(
    (file) =>
      !/\.(gen|test)\./.test(file) &&
      readFileSync(join(ROOT, file), 'utf8').split('\n').length > 600,
  )
  expect(long).toEqual([])
})
