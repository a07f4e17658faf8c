/** The first line of a Markdown text, without its marks, for a line in a table. */
export function firstLine(text: string | undefined): string {
  return text?.replace(/[*_`#>]/g, '').split('\n')[0] ?? ''
}
