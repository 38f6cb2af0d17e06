import { describe } from 'vitest'
import { fewerInCi, liveSitesNamed } from '../support/sites.ts'
import { describeMove } from './describe-move.ts'

const SIZES = { '2.10': [4, 20], '2.11': [5, 40], '2.12': [4, 20] } as const

const sites = fewerInCi(liveSitesNamed('2.10', '2.11', '2.12'))

describe.each(sites)('moving the files of CKAN $name to the bucket', (site) => {
  describeMove(site, {
    sizes: SIZES[site.name as keyof typeof SIZES],
    words: ['migrate'],
    options: ({ folder, gateway }) => ({
      cwd: folder,
      env: { CKAN_UPLINK_GATEWAY: gateway, CKAN_API_TOKEN: site.tokens.admin },
    }),
  })
})
