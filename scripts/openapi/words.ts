/** What the description is made of, in the words of OpenAPI. */
export type Json = Readonly<Record<string, unknown>>

export function open(operationId: string, summary: string, responses: Json): Json {
  return { operationId, summary, security: [], responses }
}

export function path(name: string, example: string, description: string): Json {
  return { name, in: 'path', required: true, description, schema: { type: 'string' }, example }
}

export function body(schema: string, example: Json): Json {
  const form = { schema: ref(schema) }
  return {
    required: true,
    content: {
      'application/json': { schema: ref(schema), example },
      'application/x-www-form-urlencoded': form,
      'multipart/form-data': form,
    },
  }
}

export function json(description: string, schema: Json, example?: Json): Json {
  return content('application/json', description, schema, example)
}

export function content(type: string, description: string, schema: Json, example?: Json): Json {
  return { description, content: { [type]: { schema, ...(example !== undefined && { example }) } } }
}

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
