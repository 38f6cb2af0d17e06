import { describe, expect, it } from 'vitest'
import { toLetter } from '../src/dead-letters.ts'

describe('a dead letter of SQS', () => {
  it('is what the linker never answered for', () => {
    expect(toLetter({ Body: '{}', Attributes: { ApproximateReceiveCount: '101' } })).toEqual({
      body: '{}',
      reason: 'The linker never answered for it; it was received 101 times.',
    })
  })

  it('or what SNS could not deliver, in its words', () => {
    const MessageAttributes = {
      ErrorCode: { DataType: 'String', StringValue: 'InvalidClientTokenId' },
      ErrorMessage: { DataType: 'String', StringValue: 'The security token is invalid' },
    }
    expect(toLetter({ Body: '{}', MessageAttributes }).reason).toBe(
      'SNS could not deliver it to the queue: InvalidClientTokenId, The security token is invalid.',
    )
  })
})
