import highlighter from 'highlight.js/lib/core'
import bash from 'highlight.js/lib/languages/bash'
import ini from 'highlight.js/lib/languages/ini'
import java from 'highlight.js/lib/languages/java'
import javascript from 'highlight.js/lib/languages/javascript'
import json from 'highlight.js/lib/languages/json'
import python from 'highlight.js/lib/languages/python'
import r from 'highlight.js/lib/languages/r'
import sql from 'highlight.js/lib/languages/sql'
import typescript from 'highlight.js/lib/languages/typescript'
import xml from 'highlight.js/lib/languages/xml'
import yaml from 'highlight.js/lib/languages/yaml'
import { useMemo } from 'react'
import { CopyButton } from '~/components/CopyButton'

const LANGUAGES = { bash, ini, java, javascript, json, python, r, sql, typescript, xml, yaml }
for (const [name, language] of Object.entries(LANGUAGES))
  highlighter.registerLanguage(name, language)

/** Colouring a long text takes longer than reading it is worth. */
const MOST_COLOURED = 300_000

export default function Code({ text, language }: { text: string; language: string }) {
  const html = useMemo(
    () =>
      language in LANGUAGES && text.length <= MOST_COLOURED
        ? highlighter.highlight(text, { language }).value
        : undefined,
    [text, language],
  )
  const lines = useMemo(() => text.split('\n').length - Number(text.endsWith('\n')), [text])
  const numbers = useMemo(
    () => Array.from({ length: lines }, (_, index) => index + 1).join('\n'),
    [lines],
  )
  return (
    <div className="relative flex min-h-0 flex-1">
      <section
        aria-label="Content"
        tabIndex={0}
        className="flex min-h-0 flex-1 overflow-auto py-3 font-mono text-xs"
      >
        <pre
          aria-hidden
          className="sticky left-0 shrink-0 bg-surface pr-4 pl-4 text-right text-faint select-none"
        >
          {numbers}
        </pre>
        {html === undefined ? (
          <pre className="pr-12">{text}</pre>
        ) : (
          // biome-ignore lint/security/noDangerouslySetInnerHtml: the highlighter escapes all that it is given
          <pre className="code pr-12" dangerouslySetInnerHTML={{ __html: html }} />
        )}
      </section>
      <CopyButton
        text={text}
        label="Copy text"
        className="absolute top-2 right-4 border bg-surface"
      />
    </div>
  )
}
