import * as eventgrid from '@pulumi/azure-native/eventgrid/index.js'
import * as pulumi from '@pulumi/pulumi'
import { DELIVERY, FUNCTIONS } from './function-app.ts'
import type { UploadBucket } from './upload-bucket.ts'

const [LINKER] = FUNCTIONS.linker

/** The linker as the target of a subscription, the attempts of the delivery, and the place of dead letters. */
export function deliveryToLinker(
  { account, deadLetterContainerName }: UploadBucket,
  linkerAppId: pulumi.Output<string>,
) {
  const { maxEventsPerBatch, ...retryPolicy } = DELIVERY
  const resourceId = pulumi.interpolate`${linkerAppId}/functions/${LINKER}`
  return {
    eventDeliverySchema: eventgrid.EventDeliverySchema.EventGridSchema,
    destination: { endpointType: 'AzureFunction', resourceId, maxEventsPerBatch },
    retryPolicy,
    deadLetterWithResourceIdentity: {
      identity: { type: eventgrid.EventSubscriptionIdentityType.SystemAssigned },
      deadLetterDestination: {
        endpointType: 'StorageBlob',
        resourceId: account.id,
        blobContainerName: deadLetterContainerName,
      },
    },
  } as const satisfies Partial<eventgrid.SystemTopicEventSubscriptionArgs>
}
