import * as v from 'valibot'
import { snakeCased } from '../../snake-cased.ts'
import type { Made } from './deploy-with-mocks.ts'

type Json = Readonly<Record<string, unknown>>

const account = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/u))
const bucketName = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/u))
const queueName = v.pipe(v.string(), v.regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/u))
const scriptName = v.pipe(v.string(), v.regex(/^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$/u))
const hostname = v.pipe(v.string(), v.regex(/^(?:[a-z0-9-]+\.)+[a-z]+$/u))
const id = v.pipe(v.string(), v.minLength(1))
const whole = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))
const age = v.strictObject({
  condition: v.strictObject({ type: v.literal('Age'), maxAge: whole(86_400, 10 * 365 * 86_400) }),
})

const binding = v.variant('type', [
  v.strictObject({ type: v.literal('r2_bucket'), name: id, bucket_name: bucketName }),
  v.strictObject({ type: v.literal('plain_text'), name: id, text: id }),
  v.strictObject({ type: v.literal('secret_text'), name: id, text: id }),
  v.strictObject({ type: v.literal('assets'), name: id }),
  v.strictObject({ type: v.literal('queue'), name: id, queue_name: v.pipe(v.string(), v.maxLength(63)) }),
  v.strictObject({
    type: v.literal('ratelimit'),
    name: id,
    namespace_id: v.pipe(v.string(), v.regex(/^[1-9]\d*$/u)),
    simple: v.strictObject({ limit: whole(1, 1_000_000), period: v.picklist([10, 60]) }),
  }),
])

const R2_BODIES = {
  R2Bucket: v.strictObject({
    name: bucketName,
    locationHint: v.optional(v.string()),
    storageClass: v.optional(v.picklist(['Standard', 'InfrequentAccess'])),
  }),
  R2BucketCors: v.strictObject({
    rules: v.array(
      v.strictObject({
        id: v.optional(v.string()),
        allowed: v.strictObject({
          origins: v.array(v.pipe(v.string(), v.regex(/^(?:\*|https?:\/\/[^/]+)$/u))),
          methods: v.array(v.picklist(['GET', 'PUT', 'POST', 'DELETE', 'HEAD'])),
          headers: v.array(v.pipe(v.string(), v.regex(/^[a-z0-9-]+$/u))),
        }),
        exposeHeaders: v.array(v.string()),
        maxAgeSeconds: whole(0, 86_400),
      }),
    ),
  }),
  R2BucketLifecycle: v.strictObject({
    rules: v.array(
      v.strictObject({
        id,
        enabled: v.boolean(),
        conditions: v.strictObject({ prefix: v.string() }),
        abortMultipartUploadsTransition: v.optional(age),
        deleteObjectsTransition: v.optional(age),
      }),
    ),
  }),
  R2BucketEventNotification: v.strictObject({
    rules: v.pipe(
      v.array(
        v.strictObject({
          actions: v.array(
            v.picklist(['PutObject', 'CopyObject', 'DeleteObject', 'CompleteMultipartUpload', 'LifecycleDeletion']),
          ),
          prefix: v.pipe(v.string(), v.regex(/^[^/].*\/$/u)),
        }),
      ),
      v.maxLength(100),
      v.check(
        (rules) => !rules.some((a) => rules.some((b) => a !== b && a.prefix.startsWith(b.prefix))),
        'rules overlap',
      ),
    ),
  }),
  R2CustomDomain: v.strictObject({
    domain: hostname,
    enabled: v.boolean(),
    zoneId: account,
    minTls: v.picklist(['1.0', '1.1', '1.2', '1.3']),
  }),
}

const BODIES = {
  Queue: v.strictObject({
    queue_name: queueName,
    settings: v.strictObject({ message_retention_period: whole(60, 1_209_600) }),
  }),
  QueueConsumer: v.variant('type', [
    v.strictObject({
      type: v.literal('worker'),
      script_name: scriptName,
      dead_letter_queue: queueName,
      settings: v.strictObject({
        batch_size: whole(1, 100),
        max_concurrency: whole(1, 250),
        max_retries: whole(0, 100),
        max_wait_time_ms: whole(0, 60_000),
        retry_delay: whole(0, 43_200),
      }),
    }),
    v.strictObject({
      type: v.literal('http_pull'),
      settings: v.strictObject({
        batch_size: whole(1, 100),
        max_retries: whole(0, 100),
        retry_delay: whole(0, 43_200),
        visibility_timeout_ms: whole(1_000, 43_200_000),
      }),
    }),
  ]),
  WorkersScript: v.strictObject({
    main_module: v.literal('worker.js'),
    compatibility_date: v.pipe(v.string(), v.isoDate()),
    limits: v.strictObject({ cpu_ms: whole(1, 300_000), subrequests: whole(1, 10_000_000) }),
    // https://developers.cloudflare.com/api/resources/workers/subresources/scripts/methods/update/
    observability: v.strictObject({
      enabled: v.boolean(),
      logs: v.optional(
        v.strictObject({ enabled: v.boolean(), invocation_logs: v.boolean(), destinations: v.array(v.string()) }),
      ),
      traces: v.optional(v.strictObject({ enabled: v.boolean(), destinations: v.array(v.string()) })),
    }),
    bindings: v.array(binding),
    // The provider uploads the folder and sends the token of the upload in its place.
    assets: v.optional(
      v.strictObject({
        directory: id,
        config: v.strictObject({
          html_handling: v.picklist(['auto-trailing-slash', 'force-trailing-slash', 'drop-trailing-slash', 'none']),
          not_found_handling: v.picklist(['none', '404-page', 'single-page-application']),
          run_worker_first: v.boolean(),
        }),
      }),
    ),
  }),
  WorkersScriptSubdomain: v.strictObject({ enabled: v.boolean(), previews_enabled: v.boolean() }),
  WorkersCronTrigger: v.strictObject({
    schedules: v.array(v.strictObject({ cron: v.pipe(v.string(), v.regex(/^(?:\S+ ){4}\S+$/u)) })),
  }),
  WorkersCustomDomain: v.strictObject({ hostname, service: scriptName, zone_id: account }),
  WorkersRoute: v.strictObject({
    pattern: v.pipe(v.string(), v.regex(/^[a-z0-9.-]+\/[a-z/]*\*$/u)),
    script: scriptName,
  }),
  AccountToken: v.strictObject({
    name: v.pipe(v.string(), v.maxLength(120)),
    policies: v.array(
      v.strictObject({
        effect: v.picklist(['allow', 'deny']),
        permission_groups: v.array(v.strictObject({ id: account })),
        resources: v.pipe(
          v.string(),
          v.parseJson(),
          v.record(
            v.pipe(v.string(), v.regex(/^com\.cloudflare\.edge\.r2\.bucket\.[0-9a-f]{32}_default_[a-z0-9-]+$/u)),
            v.literal('*'),
          ),
        ),
      }),
    ),
  }),
  Healthcheck: v.strictObject({
    name: v.pipe(v.string(), v.regex(/^[\w-]+$/u)),
    address: hostname,
    type: v.picklist(['HTTP', 'HTTPS', 'TCP']),
    http_config: v.strictObject({
      method: v.picklist(['GET', 'HEAD']),
      path: v.string(),
      port: v.number(),
      expected_codes: v.array(v.string()),
    }),
    interval: whole(5, 3600),
    timeout: whole(1, 10),
    retries: whole(0, 5),
    consecutive_fails: whole(1, 10),
  }),
  UrlNormalizationSettings: v.strictObject({
    type: v.picklist(['cloudflare', 'rfc3986']),
    scope: v.picklist(['incoming', 'both', 'none']),
  }),
  NotificationPolicy: v.strictObject({
    name: id,
    enabled: v.boolean(),
    alert_type: v.literal('health_check_status_notification'),
    filters: v.strictObject({ health_check_ids: v.array(id), statuses: v.array(v.picklist(['Healthy', 'Unhealthy'])) }),
    mechanisms: v.strictObject({ emails: v.array(v.strictObject({ id: v.pipe(v.string(), v.email()) })) }),
  }),
}

const SCHEMAS: Readonly<Record<string, v.GenericSchema>> = { ...R2_BODIES, ...BODIES }

/** The reasons for which Cloudflare would refuse the request that creates this resource. */
export function faultsOf(made: Made): readonly string[] {
  const schema = SCHEMAS[made.type]
  if (schema === undefined) return [`${made.type}: there is no request of this kind`]
  const { issues = [] } = v.safeParse(schema, bodyOf(made))
  const owner = v.safeParse(account, made.inputs['accountId'] ?? made.inputs['zoneId'])
  return [
    ...issues.map((issue) => `${made.type}.${v.getDotPath(issue)}: ${issue.message}`),
    ...(owner.success ? [] : [`${made.type}: no account, no zone`]),
  ]
}

/** R2's requests are in camel case, all others in snake case. Parts of the path are not in the body. */
export function bodyOf({ type, inputs }: Made): Json {
  const inPath: readonly string[] = IN_PATH[type] ?? ['accountId']
  const body = Object.fromEntries(Object.entries(inputs).filter(([name]) => !inPath.includes(name)))
  return type in R2_BODIES ? body : (snakeCased(body) as Json)
}

const IN_PATH: Readonly<Record<string, readonly string[]>> = {
  R2BucketCors: ['accountId', 'bucketName'],
  R2BucketLifecycle: ['accountId', 'bucketName'],
  R2BucketEventNotification: ['accountId', 'bucketName', 'queueId'],
  R2CustomDomain: ['accountId', 'bucketName'],
  QueueConsumer: ['accountId', 'queueId'],
  // The module is a separate part of the multipart body.
  WorkersScript: ['accountId', 'scriptName', 'content'],
  WorkersScriptSubdomain: ['accountId', 'scriptName'],
  WorkersCronTrigger: ['accountId', 'scriptName'],
  WorkersRoute: ['zoneId'],
  UrlNormalizationSettings: ['zoneId'],
  Healthcheck: ['zoneId'],
}
