import { describe, expect, it } from 'vitest'
import { CKAN_FORMATS } from '../../../testing/src/ckan-stand-in/formats.ts'
import { canonicalFormat } from '../../src/file-identity/file-types.ts'
import { typeOfExtension, typeOfFormat } from '../../src/file-identity/format-table.ts'
import { identify } from '../../src/uploads/index.ts'

/** Formats that CKAN gives to services and to apps, which have no files. */
const SERVICES = [
  'ArcGIS Map Preview',
  'ArcGIS Map Service',
  'ArcGIS Online Map',
  'Esri REST',
  'WCS',
  'WFS',
  'WMS',
  'WMTS',
]
/** CKAN takes MPEG films for sound. */
const MPEG_FILMS = ['video/mpeg', 'video/x-mpeg']

describe("CKAN's own list of formats", () => {
  const formats = CKAN_FORMATS.filter(({ format }) => format !== 'BIN')

  it.each(formats)('has $format, in the same spelling by each of its names', ({ format, names }) => {
    const words = [format, ...names.filter((name) => !MPEG_FILMS.includes(name))]
    for (const word of words) expect([word, canonicalFormat(word)]).toEqual([word, format])
  })

  it.each(formats.filter(({ format }) => !SERVICES.includes(format)))(
    'has $format, whose files have an extension and a media type',
    ({ format }) => {
      const { fileName, extension, mimetype, format: found } = identify({ name: 'data', declared: { format } })
      expect(found).toBe(format)
      expect(fileName).toBe(`data${extension}`)
      expect(extension).toMatch(/^\.[a-z\d]{2,8}$/u)
      expect(mimetype).not.toBe('application/octet-stream')
    },
  )

  it.each(SERVICES)('has %s, of which there are no files', (format) => {
    expect(identify({ name: 'data', declared: { format } })).toMatchObject({ fileName: 'data', extension: '', format })
  })

  it('has BIN, which says nothing', () => {
    expect(identify({ name: 'data', declared: { mimetype: 'application/octet-stream' } })).toEqual({
      fileName: 'data',
      extension: '',
      mimetype: 'application/octet-stream',
    })
  })
})

describe('the table of extensions', () => {
  const named = ['odp', 'odg', 'xlsb', 'xltx', 'docm', 'pptm', 'ppsx', 'wav', 'ogg', 'webm', 'xslt', 'qgs']
  const others = ['parquet', 'geojson', 'gpkg', 'ndjson', 'fgb', 'las', 'sav', 'dta', 'ipynb', 'htm', 'yml', 'tiff']

  it.each([...named, ...others])('knows .%s', (extension) => {
    expect(typeOfExtension(extension)?.format).toMatch(/\w/u)
  })

  it.each(['org', 'gallen', '2', 'com', 'ashx', 'php', 'constructor', ''])('does not take .%s for one', (extension) =>
    expect(typeOfExtension(extension)).toBeUndefined(),
  )

  it('does not find the words of the language itself', () => {
    for (const word of ['constructor', '__proto__', 'toString']) expect(typeOfFormat(word)).toBeUndefined()
  })
})
