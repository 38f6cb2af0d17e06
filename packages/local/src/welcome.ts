import type { LocalEdition } from './local-folder.ts'
import { openDataFile } from './open-data.ts'

/** The text that `npm start` prints when it is ready. Its commands run unchanged in any shell of POSIX. */
export function welcome(instance: LocalEdition, readyMs: number): string {
  const { gateway, storage, ckan, tokens, dataset } = instance
  return [
    `ckan-uplink is ready after ${(readyMs / 1000).toFixed(1)} s. Ctrl-C stops it; nothing is lost.`,
    '',
    `  gateway  ${gateway}`,
    `  storage  ${storage}`,
    `  CKAN     ${ckan}`,
    ...(dataset === undefined ? [] : [`  page     ${gateway}/upload/${dataset}`]),
    ...(tokens === undefined
      ? []
      : ['', ...Object.entries(tokens).map(([role, token]) => `  ${role.padEnd(8)} ${token}`)]),
    '',
    ...(tokens === undefined
      ? ['Ask for a URL, upload a file, wait, look at the resource. Export CKAN_API_TOKEN in that terminal:']
      : ['Ask for a URL, upload a file, wait, look at the resource:']),
    '',
    ...commands(instance).map((command) => `  ${command}`),
    '',
  ].join('\n')
}

function commands({ gateway, ckan, settings, tokens, resources }: LocalEdition): readonly string[] {
  const token = tokens?.editor ?? '$CKAN_API_TOKEN'
  const resource = resources?.[0] ?? '$RESOURCE_ID'
  const header = `-H "Authorization: ${token}"`
  const ckanHeader = `-H "${settings['CKAN_TOKEN_HEADER'] ?? 'Authorization'}: ${token}"`
  const file = openDataFile('airports.csv')
  return [
    `answer=$(curl -s ${gateway}/api/3/action/resource_upload ${header} -d id=${resource} -d name=airports.csv)`,
    `url=$(echo "$answer" | sed 's/.*"presigned_url": *"\\([^"]*\\)".*/\\1/')`,
    `upload=$(echo "$answer" | sed 's/.*"upload": *{"id": *"\\([^"]*\\)".*/\\1/')`,
    `curl -T '${file}' "$url"`,
    `while curl -s "${gateway}/uploads/$upload" ${header} | grep -q '"state": *"issued"'; do sleep 1; done`,
    `curl "${ckan}/api/3/action/resource_show?id=${resource}"${tokens === undefined ? ` ${ckanHeader}` : ''}`,
  ]
}
