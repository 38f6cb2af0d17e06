import { readdir, readFile } from 'node:fs/promises'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const repository = new URL('../', import.meta.url)
const read = (path: string) => readFile(new URL(path, repository), 'utf8')
const files = await readdir(new URL('examples/ci/', repository))

/** GitHub's own parser. Node cannot import it, because it imports JSON without an attribute. */
async function importParser(): Promise<typeof import('@actions/workflow-parser')> {
  const { outputFiles } = await build({
    entryPoints: ['@actions/workflow-parser'],
    absWorkingDir: import.meta.dirname,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
  })
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0]?.contents ?? '').toString('base64')}`)
}

const { NoOperationTraceWriter, parseWorkflow } = await importParser()

function faultsOf(content: string): readonly string[] {
  const { context } = parseWorkflow({ name: 'workflow.yml', content }, new NoOperationTraceWriter())
  return context.errors.getErrors().map(String)
}

interface Job {
  readonly stage: string
  readonly extends: string
}

describe('the pipelines to copy', () => {
  it.each(files.filter((name) => name.startsWith('github-')))('%s is a valid workflow', async (name) => {
    const content = await read(`examples/ci/${name}`)
    expect(faultsOf(content)).toEqual([])
    expect(faultsOf(content.replace('permissions:', 'permission:'))).not.toEqual([])
  })

  it('for GitLab has jobs for its stages alone, each from the template', async () => {
    const { stages, '.uplink': template, ...jobs } = parse(await read('examples/ci/gitlab-ci.yml'))
    expect(Object.values<Job>(jobs).map((job) => job.stage)).toEqual(stages)
    expect(new Set(Object.values<Job>(jobs).map((job) => job.extends))).toEqual(new Set(['.uplink']))
    expect(template.before_script[0]).toContain('npm ci')
  })

  it.each(files)('%s calls only commands of this repository', async (name) => {
    const { scripts } = JSON.parse(await read('package.json'))
    const called = [...(await read(`examples/ci/${name}`)).matchAll(/npm run ([\w:]+)/gu)].map(([, script]) => script)
    for (const script of called) expect(Object.keys(scripts)).toContain(script)
  })

  it.each(files)('%s takes only variables and secrets that the guide explains', async (name) => {
    const guide = await read('docs/deploy/ci.md')
    const text = await read(`examples/ci/${name}`)
    const taken = [...text.matchAll(/\b(?:vars|secrets)\.(\w+)|\$([A-Z]\w*)/gu)].map(
      ([, ofGitHub, ofGitLab]) => ofGitHub ?? ofGitLab ?? '',
    )
    const ownNames = [...text.matchAll(/\b([A-Z]\w*)(?:=|:)/gu)].map(([, name]) => name ?? '')
    const ofOthers = taken.filter((name) => !/^(?:CI_\w+|HOME|PATH)$/u.test(name))
    // GitHub's `env` gives a variable the same name again.
    const needed = name.startsWith('github-') ? ofOthers : ofOthers.filter((one) => !ownNames.includes(one))
    for (const variable of needed.filter((one) => one !== 'ENVIRONMENT')) expect(guide).toContain(`\`${variable}\``)
  })

  it('deploy staging before production', async () => {
    const { jobs } = parse(await read('examples/ci/github-deploy.yml'))
    expect(jobs.production.needs).toBe('staging')
    const { stages } = parse(await read('examples/ci/gitlab-ci.yml'))
    expect(stages).toEqual(['preview', 'staging', 'production'])
  })
})
