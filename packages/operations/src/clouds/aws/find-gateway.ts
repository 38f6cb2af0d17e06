import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda'

/** The gateway's address with which the linker was deployed: CKAN's links begin with it. */
export async function findAwsGateway(region: string, linker: string): Promise<string> {
  const lambda = new LambdaClient({ region, maxAttempts: 3 })
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: linker }))
  const address = Environment?.Variables?.['GATEWAY_URL']
  if (address === undefined) throw new Error(`The function ${linker} has no setting GATEWAY_URL.`)
  return address
}
