import { describe, expect, it } from 'vitest'
import { toLetter } from '../src/dead-letters.ts'

describe('a dead letter of SQS', () => {
  it('is a message that the linker never acknowledged', () => {
    expect(toLetter({ Body: '{}', Attributes: { ApproximateReceiveCount: '101' } })).toEqual({
      body: '{}',
      reason: 'The linker received this message 101 times and never acknowledged it.',
    })
  })

  it('is a message that SNS could not deliver, with the error of SNS', () => {
    const MessageAttributes = {
      ErrorCode: { DataType: 'String', StringValue: 'InvalidClientTokenId' },
      ErrorMessage: { DataType: 'String', StringValue: 'The security token is invalid' },
    }
    expect(toLetter({ Body: '{}', MessageAttributes }).reason).toBe(
      'SNS could not deliver this message to the queue: InvalidClientTokenId, The security token is invalid.',
    )
  })
})
