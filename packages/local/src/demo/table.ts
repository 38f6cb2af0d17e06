import type { ShownResource } from './round-trip.ts'

const FIELDS = ['url', 'format', 'mimetype', 'size', 'last_modified'] as const

/** A resource before and after its upload, field by field. */
export function toTable(before: ShownResource, after: ShownResource): string {
  const rows = [['', 'before', 'after'], ...FIELDS.map((field) => [field, shown(before[field]), shown(after[field])])]
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map(
      ([field = '', old = '', now = '']) => `  ${field.padEnd(widths[0] ?? 0)}  ${old.padEnd(widths[1] ?? 0)}  ${now}`,
    )
    .join('\n')
}

function shown(value: string | number | null | undefined): string {
  return value === null || value === undefined || value === '' ? '–' : String(value)
}
