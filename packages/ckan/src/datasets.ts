import { type Dataset, type Resource, UnavailableError } from '@ckan-uplink/core'
import { isObject, type JsonObject } from '@ckan-uplink/core/support'

/** Reads a dataset in the answer of `package_show`. */
export function toDataset(shown: unknown, readAt: Date): Dataset {
  if (!isObject(shown) || typeof shown['id'] !== 'string' || !Array.isArray(shown['resources']))
    throw misshapen('package_show')
  return {
    id: shown['id'],
    state: textOf(shown, 'state') ?? 'active',
    private: shown['private'] === true,
    ...(typeof shown['owner_org'] === 'string' && shown['owner_org'] !== '' && { ownerOrg: shown['owner_org'] }),
    resources: shown['resources'].map(toResource),
    readAt,
  }
}

/** Reads a resource in the answer of `resource_show`, or in the list of `package_show`. */
export function toResource(shown: unknown): Resource {
  if (!isObject(shown) || typeof shown['id'] !== 'string' || typeof shown['package_id'] !== 'string')
    throw misshapen('resource_show')
  return {
    id: shown['id'],
    datasetId: shown['package_id'],
    state: textOf(shown, 'state') ?? 'active',
    url: textOf(shown, 'url') ?? '',
    urlType: textOf(shown, 'url_type'),
    name: textOf(shown, 'name'),
    format: textOf(shown, 'format') ?? '',
    mimetype: textOf(shown, 'mimetype'),
    size: typeof shown['size'] === 'number' ? shown['size'] : null,
    hash: textOf(shown, 'hash') ?? '',
    lastModified: textOf(shown, 'last_modified'),
    metadataModified: textOf(shown, 'metadata_modified'),
  }
}

function textOf(shown: JsonObject, field: string): string | null {
  const value = shown[field]
  return typeof value === 'string' ? value : null
}

export function misshapen(action: string): UnavailableError {
  return new UnavailableError(
    `CKAN's answer to ${action} lacks required fields: check that CKAN_URL is the address of a CKAN, and that no plugin removes these fields.`,
  )
}
