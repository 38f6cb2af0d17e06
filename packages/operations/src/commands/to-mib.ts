import { MIB } from '@ckan-uplink/core/support'

/** For a column of a table. */
export function toMib(bytes: number): string {
  return (bytes / MIB).toFixed(1)
}
