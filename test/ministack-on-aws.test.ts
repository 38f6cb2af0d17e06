import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'

const CLEANING_UP = `
import { untilInterrupted } from './scripts/aws/ministack/until-interrupted.ts'
setTimeout(() => console.error('ready'))
await untilInterrupted()
await new Promise((resolve) => setTimeout(resolve, 500))
console.log('clean')`

it('the emulator of AWS cleans up, although npm passes on the Ctrl-C that the terminal has sent already', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', CLEANING_UP])
  const output = text(child.stdout)
  await once(child.stderr, 'data')
  child.kill('SIGINT')
  await sleep(100)
  child.kill('SIGINT')
  const [code] = await once(child, 'close')
  expect([code, await output]).toEqual([0, 'clean\n'])
})
