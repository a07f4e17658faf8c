import { tagValue } from '~/lib/runs'
import type { Run } from '~/lib/wire'

/** A word of a shell command, whatever is in it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** Commands that bring back the code of a run and start it again, as far as it recorded them. */
export function againSnippet(run: Run): string | undefined {
  const tag = (key: string) => tagValue(run.data.tags, key)
  const commit = tag('mlflow.source.git.commit')
  const repository = tag('mlflow.source.git.repoURL') ?? tag('mlflow.gitRepoURL')
  const source = tag('mlflow.source.name')
  const lines: string[] = []
  if (tag('mlflow.source.type') === 'PROJECT' && source) {
    const version = commit ? ` --version ${quoted(commit)}` : ''
    const entry = tag('mlflow.project.entryPoint')
    const params = (run.data.params ?? [])
      .map(({ key, value }) => ` \\\n  -P ${quoted(`${key}=${value}`)}`)
      .join('')
    return `mlflow run ${quoted(source)}${entry ? ` -e ${quoted(entry)}` : ''}${version}${params}`
  }
  if (repository && commit) lines.push(`git clone ${quoted(repository)} code && cd code`)
  if (commit) lines.push(`git checkout ${quoted(commit)}`)
  if (source && /\.(py|R|sh)$/.test(source)) {
    const program = source.endsWith('.py') ? 'python' : source.endsWith('.R') ? 'Rscript' : 'sh'
    lines.push(`${program} ${quoted(source)}`)
  }
  return lines.length > 0 ? lines.join('\n') : undefined
}

export function readSnippet(run: Run, server: string): string {
  const id = run.info.run_id
  return `import mlflow

mlflow.set_tracking_uri(${JSON.stringify(server)})
run = mlflow.get_run(${JSON.stringify(id)})
params = run.data.params
files = mlflow.artifacts.download_artifacts(run_id=${JSON.stringify(id)})
`
}
