import { GetObjectTaggingCommand, HeadObjectCommand, type Tag } from '@aws-sdk/client-s3'
import type { PlatformScanner, Verdict } from '@ckan-uplink/core/uploads'
import { etagOf, guard, undefinedOn } from './s3-answers.ts'
import type { StoreOptions } from './store-options.ts'

/** https://docs.aws.amazon.com/guardduty/latest/ug/monitor-enable-s3-object-tagging-malware-protection.html */
const TAG = 'GuardDutyMalwareScanStatus'
const VERSIONING_IS_OFF = 'null'

/**
 * Reads the tags that GuardDuty sets. A tag belongs to one version of an object, so the bucket has to keep versions:
 * otherwise GuardDuty could tag the next content of the key with the verdict on the former.
 */
export function createPlatformScanner(options: StoreOptions): PlatformScanner {
  return {
    name: 'GuardDuty',
    verdictOn: (object) => guard('read the tags of', object.key, () => read(options, object)),
  }
}

async function read(
  { client, bucket: Bucket }: StoreOptions,
  { key: Key, etag }: { readonly key: string; readonly etag: string },
): Promise<Verdict | undefined> {
  const found = await client.send(new HeadObjectCommand({ Bucket, Key })).catch(undefinedOn(404))
  if (found === undefined || etagOf(found) !== etag) return undefined
  const { VersionId = VERSIONING_IS_OFF } = found
  if (VersionId === VERSIONING_IS_OFF)
    throw new Error(
      'It has no version, so a tag could belong to an earlier content: switch on the versioning of the bucket.',
    )
  const tags = await client.send(new GetObjectTaggingCommand({ Bucket, Key, VersionId })).catch(undefinedOn(404))
  return toVerdict(tags?.TagSet?.find((tag: Tag) => tag.Key === TAG)?.Value)
}

/** https://docs.aws.amazon.com/guardduty/latest/ug/monitoring-malware-protection-s3-scans-gdu.html */
function toVerdict(status: string | undefined): Verdict | undefined {
  if (status === undefined) return undefined
  if (status === 'NO_THREATS_FOUND') return { result: 'clean' }
  if (status === 'THREATS_FOUND') return { result: 'infected', found: 'malware' }
  return { result: 'unscannable', reason: REASONS.get(status) ?? `Its status is ${JSON.stringify(status)}.` }
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['UNSUPPORTED', 'It has a password, or is larger or more nested than GuardDuty supports.'],
  ['ACCESS_DENIED', "The role of the protection plan may not read it: correct the role and the bucket's key."],
  ['FAILED', 'The scan failed inside GuardDuty: scan the object again.'],
])
