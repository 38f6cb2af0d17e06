/** A part of the API description. */
export type Json = Readonly<Record<string, unknown>>

/** An operation that needs no token. */
export function open(operationId: string, summary: string, responses: Json): Json {
  return { operationId, summary, security: [], responses }
}

export function path(name: string, example: string, description: string): Json {
  return { name, in: 'path', required: true, description, schema: { type: 'string' }, example }
}

export function body(schema: Json, example: unknown): Json {
  return {
    required: true,
    content: {
      'application/json': { schema, example },
      'application/x-www-form-urlencoded': { schema },
      'multipart/form-data': { schema },
    },
  }
}

export function json(description: string, schema: Json, example?: Json): Json {
  return content('application/json', description, schema, example)
}

export function content(type: string, description: string, schema: Json, example?: Json): Json {
  return { description, content: { [type]: { schema, ...(example !== undefined && { example }) } } }
}

/** CKAN's envelope around a result. */
export function envelope(result: Json): Json {
  return {
    type: 'object',
    required: ['help', 'success', 'result'],
    properties: { help: { type: 'string' }, success: { const: true }, result },
  }
}

export function ref(name: string): Json {
  return { $ref: `#/components/schemas/${name}` }
}
