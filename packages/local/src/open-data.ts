import { fileURLToPath } from 'node:url'

/** The path of a file of the npm package vega-datasets. */
export function openDataFile(name: string): string {
  return fileURLToPath(new URL(`../data/${name}`, import.meta.resolve('vega-datasets')))
}
