import { bundleForNode } from '../bundle-node.ts'
import type { Bundle } from '../cloud.ts'

/** https://learn.microsoft.com/azure/azure-functions/functions-host-json */
const HOST = {
  version: '2.0',
  // The Event Grid trigger is in it.
  extensionBundle: { id: 'Microsoft.Azure.Functions.ExtensionBundle', version: '[4.*, 5.0.0)' },
  // The gateway has its own paths, so nothing stands before them.
  extensions: { http: { routePrefix: '' } },
  // For a look at the whole bucket; a request is over within 230 s and a batch of events within 30 s in any case.
  functionTimeout: '01:00:00',
  // Every outcome is to be found in the log, so nothing of it is sampled.
  logging: { applicationInsights: { samplingSettings: { isEnabled: true, excludedTypes: 'Request;Trace;Exception' } } },
}

const PACKAGE = { name: 'ckan-uplink-functions', private: true, type: 'module', main: 'functions.js' }

/**
 * The function app's folder as it deploys, each file's text by its name; nothing has to be installed in it. The worker
 * provides `@azure/functions-core` and nothing else.
 */
export async function packageFunctionApp(): Promise<Readonly<Record<string, string>>> {
  return {
    'host.json': JSON.stringify(HOST, undefined, 2),
    'package.json': JSON.stringify(PACKAGE, undefined, 2),
    'functions.js': await bundleForNode('@ckan-uplink/azure/functions', { external: ['@azure/functions-core'] }),
  }
}

export const bundles: readonly Bundle[] = [{ folder: 'azure', maxBytes: 1_500_000, files: packageFunctionApp }]
