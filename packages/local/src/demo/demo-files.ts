import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openDataFile } from '../open-data.ts'

const OPEN_DATA = [
  'seattle-weather.csv',
  'us-state-capitals.json',
  'world-110m.json',
  'unemployment.tsv',
  'flights-200k.arrow',
]
const MADE_UP_NAME = '日本語 データ (1)+final.csv'
const MADE_UP_CONTENT = '都市,人口\n東京,13960000\n大阪,2691000\n'

/** The files of the demo: open data, and a file with a difficult name, which this function writes to the folder. */
export async function writeDemoFiles(folder: string): Promise<readonly string[]> {
  const madeUp = join(folder, MADE_UP_NAME)
  await writeFile(madeUp, MADE_UP_CONTENT)
  return [...OPEN_DATA.map(openDataFile), madeUp]
}
