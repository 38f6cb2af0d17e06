import * as v from 'valibot'

/** Gives a schema the name under which the API description lists it among its components. */
export function named<const S extends v.GenericSchema>(name: string, schema: S) {
  return v.pipe(schema, v.metadata({ name }))
}

/** The name from `named`. */
export function nameOf(schema: v.GenericSchema): string | undefined {
  const { name } = v.getMetadata(schema)
  return typeof name === 'string' ? name : undefined
}
