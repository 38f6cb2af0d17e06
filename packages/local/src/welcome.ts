import type { LocalEdition } from './local-folder.ts'
import { openDataFile } from './open-data.ts'

/** The text that `npm start` prints when it is ready. Its three commands run unchanged in bash. */
export function welcome(instance: LocalEdition, readyMs: number): string {
  const { gateway, storage, ckan, tokens } = instance
  return [
    `ckan-uplink is ready after ${(readyMs / 1000).toFixed(1)} s. Ctrl-C stops it; nothing is lost.`,
    '',
    `  gateway  ${gateway}`,
    `  storage  ${storage}`,
    `  CKAN     ${ckan}`,
    ...(tokens === undefined
      ? []
      : ['', ...Object.entries(tokens).map(([role, token]) => `  ${role.padEnd(8)} ${token}`)]),
    '',
    ...(tokens === undefined
      ? ['With a token and a resource of your CKAN for TOKEN and RESOURCE_ID:']
      : ['Ask for a URL, upload a file, look at the resource:']),
    '',
    ...commands(instance).map((command) => `  ${command}`),
    '',
  ].join('\n')
}

function commands({ gateway, ckan, settings, tokens, resources }: LocalEdition): readonly string[] {
  const token = tokens?.editor ?? 'TOKEN'
  const resource = resources?.[0] ?? 'RESOURCE_ID'
  const file = openDataFile('airports.csv')
  return [
    `url=$(curl -s ${gateway}/api/3/action/resource_upload -H 'Authorization: ${token}' -d id=${resource} -d name=airports.csv | sed 's/.*"presigned_url": *"\\([^"]*\\)".*/\\1/')`,
    `curl -T '${file}' "$url"`,
    `sleep 1; curl '${ckan}/api/3/action/resource_show?id=${resource}'${tokens === undefined ? ` -H '${settings['CKAN_TOKEN_HEADER'] ?? 'Authorization'}: ${token}'` : ''}`,
  ]
}
