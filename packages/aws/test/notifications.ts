/** One record of an S3 notification. S3 form-encodes keys in it. */
export function s3Record(key: string, changes: object = {}): object {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'eu-central-1',
    eventTime: '2026-11-22T10:20:30.456Z',
    eventName: 'ObjectCreated:Put',
    userIdentity: { principalId: 'AWS:AIDAEXAMPLE' },
    requestParameters: { sourceIPAddress: '192.0.2.1' },
    responseElements: { 'x-amz-request-id': 'EXAMPLE', 'x-amz-id-2': 'EXAMPLE' },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'uploads',
      bucket: { name: 'open-data', ownerIdentity: { principalId: 'EXAMPLE' }, arn: 'arn:aws:s3:::open-data' },
      object: { key, size: 42, eTag: 'd41d8cd98f00b204e9800998ecf8427e', sequencer: '0069601A25C4A7B3D1' },
    },
    ...changes,
  }
}

/** The text of an S3 notification. */
export function s3Notification(...records: readonly object[]): string {
  return JSON.stringify({ Records: records })
}

/** A message in the envelope of an SNS topic. */
export function snsEnvelope(message: string): string {
  return JSON.stringify({
    Type: 'Notification',
    MessageId: '364bf636-332b-51a3-a3fe-000000000000',
    TopicArn: 'arn:aws:sns:eu-central-1:000000000000:uploads',
    Subject: 'Amazon S3 Notification',
    Message: message,
    Timestamp: '2026-11-22T10:20:31.000Z',
    SignatureVersion: '1',
    Signature: 'EXAMPLE==',
    SigningCertURL: 'https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-example.pem',
    UnsubscribeURL: 'https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe',
  })
}

/** EventBridge's event about an object. Its key is not encoded. */
export function eventBridgeEvent(key: string, detailType = 'Object Created'): string {
  return JSON.stringify({
    version: '0',
    id: 'f5f1e65c-dc3a-93ca-6c1e-000000000000',
    'detail-type': detailType,
    source: 'aws.s3',
    account: '000000000000',
    time: '2026-11-22T10:20:30Z',
    region: 'eu-central-1',
    resources: ['arn:aws:s3:::open-data'],
    detail: {
      version: '0',
      bucket: { name: 'open-data' },
      object: { key, size: 42, etag: 'd41d8cd98f00b204e9800998ecf8427e', sequencer: '617f08299329d189' },
      'request-id': 'EXAMPLE',
      requester: '000000000000',
      reason: 'PutObject',
    },
  })
}

/** Encodes a key like S3's notifications: a space as `+`, slashes unchanged. */
export function formEncode(key: string): string {
  return encodeURIComponent(key)
    .replace(/[!'()*]/gu, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/')
}

/**
 * The event of a scan:
 * https://docs.aws.amazon.com/guardduty/latest/ug/monitor-with-eventbridge-s3-malware-protection.html
 */
export function scanEvent(key: string, status = 'NO_THREATS_FOUND', bucketName = 'open-data'): string {
  return JSON.stringify({
    version: '0',
    id: '72c7d362-737a-6dce-fc78-000000000000',
    'detail-type': 'GuardDuty Malware Protection Object Scan Result',
    source: 'aws.guardduty',
    account: '000000000000',
    time: '2026-11-22T10:20:30Z',
    region: 'eu-central-1',
    resources: ['arn:aws:guardduty:eu-central-1:000000000000:malware-protection-plan/b4c7f464ab3a4EXAMPLE'],
    detail: {
      schemaVersion: '1.0',
      scanStatus: 'COMPLETED',
      resourceType: 'S3_OBJECT',
      s3ObjectDetails: {
        bucketName,
        objectKey: key,
        eTag: 'd41d8cd98f00b204e9800998ecf8427e',
        versionId: 'EXAMPLE',
        s3Throttled: false,
      },
      scanResultDetails: { scanResultStatus: status, threats: null },
    },
  })
}
