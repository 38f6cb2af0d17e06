import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pngOf, SAMPLE_IMAGES } from '../../testing/src/sample-images.ts'
import { readImage } from '../src/link/read-image.ts'
import { imageTypeOf, imageTypes } from '../src/uploads/index.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const SVG = { mimetype: 'image/svg+xml' }

describe('the content of an image', () => {
  it.each(Object.entries(SAMPLE_IMAGES))('shows its type and dimensions: %s', (_, { mimetype, bytes }) => {
    expect(readImage(bytes)).toEqual({ mimetype, width: 3, height: 2 })
    expect(imageTypes(false)).toContain(mimetype)
    expect(imageTypeOf(bytes)).toBe(mimetype)
  })

  it('shows dimensions up to the maximum of its header', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(0xffffffff), (width, height) => {
        expect(readImage(pngOf(width, height))).toEqual({ mimetype: 'image/png', width, height })
      }),
    )
  })

  it.each([
    '<svg xmlns="http://www.w3.org/2000/svg"/>',
    '\ufeff <?xml version="1.0" encoding="utf-8"?>\n<!-- made <svg> by hand -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x">\n<svg width="1">',
    '<!DOCTYPE svg [ <!ENTITY a "b"> ]><!-- - -- > --><svg>',
  ])('is an SVG when its root element is svg: %j', (text) => expect(readImage(encode(text))).toEqual(SVG))

  it.each([
    '',
    '<html><svg></svg></html>',
    'x<svg>',
    '<svgx>',
    '<!-- <svg> -->',
    'a,b\n1,2\n',
    '%PDF-1.7',
    'BM000000',
    '\u0000\u0000\u0000\u0018ftypheic\u0000\u0000\u0000\u0000',
  ])('is not an image: %j', (text) => expect(readImage(encode(text))).toBeUndefined())

  it('never makes the reader fail, even when it is damaged', () => {
    const samples = fc.constantFrom(...Object.values(SAMPLE_IMAGES))
    fc.assert(
      fc.property(
        samples,
        fc.nat(),
        fc.array(fc.tuple(fc.nat(299), fc.nat(255)), { maxLength: 20 }),
        (sample, length, changes) => {
          const damaged = sample.bytes.slice(0, length % (sample.bytes.length + 1))
          for (const [at, value] of changes) if (at < damaged.length) damaged[at] = value
          expect([undefined, ...imageTypes(true)]).toContain(readImage(damaged)?.mimetype)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('is read quickly even when it was crafted to take long', () => {
    const depth = 2_000
    for (const text of [
      '<!---->'.repeat(depth),
      `<!--${'-'.repeat(8000)}`,
      '<!DOCTYPE['.repeat(depth),
      ' '.repeat(8192),
    ]) {
      expect(readImage(encode(text))).toBeUndefined()
    }
    // An AVIF with more entries in its box of associations than fit on a stack.
    const entries = new Uint8Array(3_000_000)
    const box = (type: string, ...content: (readonly number[] | Uint8Array)[]): Uint8Array => {
      const size = 8 + content.reduce((sum, part) => sum + part.length, 0)
      const bytes = new Uint8Array(size)
      new DataView(bytes.buffer).setUint32(0, size)
      bytes.set(encode(type), 4)
      let offset = 8
      for (const part of content) {
        bytes.set(part, offset)
        offset += part.length
      }
      return bytes
    }
    const ipma = box('ipma', [0, 0, 0, 0, 0, 255, 255, 255], entries)
    const avif = [...box('ftyp', encode('avif'), [0, 0, 0, 0])]
    expect(readImage(new Uint8Array([...avif, ...box('meta', [0, 0, 0, 0], box('iprp', ipma))]))).toBeUndefined()
  })
})
