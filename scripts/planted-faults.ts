import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { CheckOptions } from '@ckan-uplink/testing/simulation'
import { build, type Plugin } from 'esbuild'

/** A plausible fault in the linker or the gateway: a replacement of a text in a file. */
export interface PlantedFault {
  readonly what: string
  /** Below `packages`. The beginning decides which simulation runs. */
  readonly file: string
  readonly from: string
  readonly to: string
  /** Few schedules reveal it, so `npm run simulate -- --planted` searches for it, but not `npm test`. */
  readonly isRare?: true
}

export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    what: 'receivers hear about a change only after the record shows it',
    file: 'core/src/uploads/update-record.ts',
    from: `if (showsNewEvent(current.record, record)) await publishEvent?.(record)
    if (await writeRecord(store, { ...current, record })) return record`,
    to: `if (await writeRecord(store, { ...current, record })) {
      await publishEvent?.(record)
      return record
    }`,
  },
  {
    what: 'a registration that was cut short counts as done',
    file: 'core/src/link/register-file.ts',
    from: 'return { ...(file && { file }), instead: resultOfError(error) }',
    to: "return { file: { step: 'given' } }",
  },
  {
    what: 'the object is not read again after CKAN has registered it',
    file: 'core/src/link/register-file.ts',
    from: 'if ((await store.head(upload.key))?.etag === object.etag) continue',
    to: 'if (file !== undefined) continue',
  },
  {
    what: 'a linker registers another version than the one in the record',
    file: 'core/src/link/link-files.ts',
    from: 'if (file === undefined) return claimed !== undefined && claimed !== version',
    to: 'if (file === undefined) return false',
    isRare: true,
  },
  {
    what: 'an object that comes after its file was deleted in CKAN counts as linked',
    file: 'core/src/link/link-files.ts',
    from: 'return file.id !== undefined && !isSame && (await catalog.readFile(file.id)) === undefined',
    to: 'return false',
  },
  {
    what: 'an announced object that is absent is ignored at once',
    file: 'core/src/link/plan-change.ts',
    from: "if (stored.etag === undefined || stored.record.state !== 'issued')",
    to: 'if (key !== undefined)',
  },
  {
    what: 'superseded uploads are settled before the winner is written',
    file: 'core/src/link/plan-change.ts',
    from: "if (result && winner && decision.kind === 'superseded')",
    to: 'if (result && winner === candidate)',
  },
  {
    what: 'an upload replaces an earlier one, although it may replace only what its sender has seen',
    file: 'core/src/link/decide.ts',
    from: 'return shown?.uploadId !== undefined && !only_if_unchanged',
    to: 'return shown?.uploadId !== undefined',
  },
  {
    what: 'a version that was linked before stays refused where CKAN shows the same upload',
    file: 'core/src/link/decide.ts',
    from: 'if (shown && shown.uploadId === uploadId) return true',
    to: 'if (shown && shown.uploadId === uploadId && record.linked?.version !== version) return true',
  },
  {
    what: 'an old listing is believed about the version',
    file: 'core/src/link/inspect.ts',
    from: 'if (shown !== undefined && shown !== version) return undefined',
    to: '',
    isRare: true,
  },
  {
    what: 'the linker does not read the object after another version was noted',
    file: 'core/src/link/finish-upload.ts',
    from: 'if (!isPlain && !isMoved) return false',
    to: "if (before !== '') return false",
    isRare: true,
  },
  {
    what: 'the time that CKAN shows is not compared with the time that was noted',
    file: 'core/src/link/decide.ts',
    from: 'previous_last_modified === present.lastModified',
    to: 'true',
  },
  {
    what: 'a linked upload is linked again over an earlier upload that a person has restored',
    file: 'core/src/link/decide.ts',
    from: 'if (record.linked) return false',
    to: '',
    isRare: true,
  },
  {
    what: 'the first requested upload wins',
    file: 'core/src/link/decide.ts',
    from: 'return a.upload.parsed.uploadId > b.upload.parsed.uploadId ? a : b',
    to: 'return a.upload.parsed.uploadId > b.upload.parsed.uploadId ? b : a',
  },
  {
    what: 'a plain key is not claimed',
    file: 'core/src/link/write-changes.ts',
    from: 'if (upload.parsed.uploadId !== undefined || record.claimed === version) return true',
    to: 'if (upload !== undefined) return true',
    isRare: true,
  },
  {
    what: 'a record is settled although another linker has changed it',
    file: 'core/src/uploads/update-record.ts',
    from: 'if (current.record.linked?.version !== stored.record.linked?.version) break',
    to: '',
    isRare: true,
  },
  {
    what: 'a record that was linked can become superseded',
    file: 'core/src/link/record-changes.ts',
    from: 'return isOpen && !isSame ?',
    to: 'return !isSame ?',
  },
  {
    what: 'CKAN is written again at once for the same upload',
    file: 'core/src/link/plan-change.ts',
    from: 'if (delay) settleAll(',
    to: 'if (delay && !winner) settleAll(',
  },
  {
    what: 'a failure after CKAN was written acknowledges the message',
    file: 'core/src/link/link.ts',
    from: "return outcomeOf(event, { kind: 'retry', cause: error })",
    to: "return outcomeOf(event, { kind: 'ignored', reason: String(error) })",
    isRare: true,
  },
  {
    what: 'a withdrawal is taken for final at once',
    file: 'core/src/link/withdrawn-upload.ts',
    from: 'if (!(Math.abs(age) < SETTLES_AFTER_MS)) return undefined',
    to: 'if (age < Number.MAX_VALUE) return undefined',
    isRare: true,
  },
  {
    what: 'a record that was withdrawn meanwhile is noted as linked',
    file: 'core/src/link/record-changes.ts',
    from: "if (record.state === 'withdrawn') return undefined",
    to: '',
    isRare: true,
  },
  {
    what: 'a repeated request creates a resource that the dataset has',
    file: 'gateway/src/uploads/dataset-files.ts',
    from: 'if (created !== undefined) return existing(created)',
    to: '',
  },
  {
    what: 'a repeated request brings back a resource that a person has deleted',
    file: 'gateway/src/uploads/new-resources.ts',
    from: 'round === 0 ? resourceBefore(file) : undefined',
    to: 'undefined',
  },
  {
    what: 'each attempt of a request has uploads of its own',
    file: 'gateway/src/uploads/sent-requests.ts',
    from: 'firstAt: before?.at,',
    to: 'firstAt: undefined,',
  },
  {
    what: 'two requests by name create the same resource twice',
    file: 'gateway/src/uploads/new-resources.ts',
    from: "if (addition.kind === 'changed') break",
    to: "if (addition.kind === 'changed') { const again = await authorizer.showDataset(id, token); await authorizer.addResources(token, { id, known: again.resources.map((one) => one.id) }, chunk.map(toResource)) }",
  },
  {
    what: 'a restoration copies a file that CKAN never showed',
    file: 'gateway/src/actions/resource-restore.ts',
    from: 'if ((await versionOf(object.etag)) !== record.linked.version) throw refusal({ upload: [REPLACED] })',
    to: '',
  },
  {
    what: 'a copy stays when its source is withdrawn meanwhile',
    file: 'gateway/src/actions/resource-restore.ts',
    from: 'const stored = withdrawn && (await records.read(record.id))',
    to: 'const stored = undefined as Awaited<ReturnType<typeof records.read>>',
    isRare: true,
  },
]

/** By the beginning of the name of a file; the first entry that fits counts. */
const SIMULATIONS = [
  ['gateway/src/actions/resource-restore', 'gateway/test/simulation/restores.ts'],
  ['gateway/', 'gateway/test/simulation/index.ts'],
  ['core/src/link/register-file', 'testing/src/simulation/files.ts'],
  ['core/src/link/link-files', 'testing/src/simulation/files.ts'],
  ['', 'testing/src/simulation/index.ts'],
] as const

function simulationOf({ file }: PlantedFault): string {
  const [, simulation = ''] = SIMULATIONS.find(([start]) => file.startsWith(start)) ?? []
  return fileURLToPath(new URL(`../packages/${simulation}`, import.meta.url))
}

/** Runs up to `runs` schedules for each fault. Returns the exit code: 1 if a fault is not found. */
export async function huntPlantedFaults(runs: number): Promise<number> {
  let missed = 0
  for (const fault of PLANTED_FAULTS) {
    const found = await schedulesUntilFound(fault, { runs, seed: 20_300_101 })
    if (found === undefined) missed += 1
    console.log(`${found === undefined ? `not found in ${runs}` : `found after ${found}`}: ${fault.what}`)
  }
  return missed === 0 ? 0 : 1
}

/** The number of schedules until one failed. `undefined` means that all passed. */
export async function schedulesUntilFound(fault: PlantedFault, options: CheckOptions): Promise<number | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'planted-'))
  try {
    const outfile = join(directory, 'simulation.mjs')
    await bundleWith(fault, outfile)
    const { checkSchedules }: typeof import('@ckan-uplink/testing/simulation') = await import(
      pathToFileURL(outfile).href
    )
    const { failure, runs } = await checkSchedules(options)
    return failure && runs
  } finally {
    await rm(directory, { recursive: true })
  }
}

async function bundleWith(fault: PlantedFault, outfile: string): Promise<void> {
  await build({
    entryPoints: [simulationOf(fault)],
    bundle: true,
    conditions: ['source'],
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    outfile,
    plugins: [plant(fault)],
  })
}

function plant({ what, file, from, to }: PlantedFault): Plugin {
  return {
    name: 'planted-fault',
    setup({ onLoad }) {
      onLoad({ filter: new RegExp(`/${file.replaceAll('.', '\\.')}$`) }, async ({ path }) => {
        const text = await readFile(path, 'utf8')
        if (!text.includes(from)) throw new Error(`"${what}" cannot be planted: ${file} has changed. Adapt the fault.`)
        return { contents: text.replace(from, () => to), loader: 'ts' }
      })
    },
  }
}
