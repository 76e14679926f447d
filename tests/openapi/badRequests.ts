import fc from 'fast-check'

/** What of an OpenAPI document tells which requests there are. */
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Operation {
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }
}

interface Schema {
  readonly properties?: object
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
}

/** An operation that requests are made for. */
export interface KnownOperation {
  readonly method: string
  /** With `{parameters}`. */
  readonly path: string
  /** Members that a body of it may have. */
  readonly members: readonly string[]
}

/** The operations of a document. @param prefix stands before its paths. */
export function operationsOf(document: unknown, prefix = ''): KnownOperation[] {
  const { paths } = document as Document
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { requestBody }]) => {
      const schemas = Object.values(requestBody?.content ?? {}).flatMap(({ schema }) => schema ?? [])
      return { method: method.toUpperCase(), path: prefix + path, members: schemas.flatMap(membersOf) }
    }),
  )
}

function membersOf({ properties = {}, anyOf = [], oneOf = [] }: Schema): string[] {
  return [...Object.keys(properties), ...[...anyOf, ...oneOf].flatMap(membersOf)]
}

const octets = fc.string({
  maxLength: 40,
  unit: fc.integer({ min: 0, max: 255 }).map((n) => String.fromCharCode(n)),
})
const nasty = fc.constantFrom(
  '',
  '0',
  '-1',
  '1e999',
  '9223372036854775808',
  'NaN',
  'null',
  '%00',
  '%ff',
  '%',
  '..',
  '%2e%2e',
  '%2F',
  "';--",
  '{}',
  '\u00ff',
  'a'.repeat(3_000),
  '00000000-0000-0000-0000-000000000000',
  '2026-13-45T99:99:99Z',
)
const inAddress = fc.oneof({ weight: 3, arbitrary: nasty }, { weight: 1, arbitrary: octets })
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  nasty,
  fc.constantFrom(
    -1,
    0,
    1e308,
    2 ** 53,
    0.1 + 0.2,
    'a@b',
    'USD',
    'sell',
    '\u0000',
    '\ud800',
    'x'.repeat(70_000),
  ),
)

function bodyOf(members: readonly string[]) {
  const record = fc.record(Object.fromEntries(members.map((name) => [name, value])), { requiredKeys: [] })
  return fc.oneof(
    record.map((members) => JSON.stringify(members)),
    fc.array(record, { maxLength: 3 }).map((items) => JSON.stringify({ items, ...items[0] })),
    fc.json({ maxDepth: 4 }),
    octets,
    fc.constantFrom(
      '',
      '{',
      '[',
      '{"a":1,"a":2}',
      '{"__proto__":{"x":1}}',
      '['.repeat(20_000),
      '1e9999',
      '"\\ud800"',
    ),
  )
}

const header = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(
        'Content-Type',
        'Content-Encoding',
        'Accept',
        'If-Match',
        'Prefer',
        'Idempotency-Key',
        'X-Request-Id',
        'X-User-Id',
        'X-Forwarded-For',
        'Traceparent',
        'Authorization',
        'Range',
        'Expect',
        'Upgrade',
        'Transfer-Encoding',
        'Content-Length',
        'Cookie',
        'Last-Event-ID',
      ),
      fc.oneof(
        fc.constantFrom(
          'application/json',
          'gzip',
          'chunked',
          'Bearer x.y.z',
          '100-continue',
          'wait=99',
          '5',
        ),
        nasty,
        octets,
      ),
    )
    .map(([name, text]) => `${name}: ${text}`),
  octets,
)

/** A request for an operation, as bytes, that is wrong in some way more often than not. */
function requestFor({ method, path, members }: KnownOperation) {
  return fc
    .record({
      verb: fc.oneof(
        { weight: 12, arbitrary: fc.constant(method) },
        { weight: 1, arbitrary: fc.constantFrom('GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'BREW') },
      ),
      parameters: fc.array(inAddress, { minLength: 4, maxLength: 4 }),
      query: fc.oneof(
        fc.constant(''),
        fc.constant(''),
        fc
          .array(fc.tuple(fc.constantFrom('limit', 'cursor', 'search', 'from', 'status', 'x'), inAddress), {
            maxLength: 3,
          })
          .map((pairs) => `?${pairs.map(([name, text]) => `${name}=${text}`).join('&')}`),
      ),
      headers: fc.oneof(
        { weight: 2, arbitrary: fc.constant<string[]>([]) },
        { weight: 1, arbitrary: fc.array(header, { maxLength: 3 }) },
      ),
      isJson: fc.constantFrom(true, true, true, false),
      body: bodyOf(members),
    })
    .map(({ verb, parameters, query, headers, isJson, body }) => {
      let n = 0
      const target = path.replaceAll(/\{[^}]+\}/g, () => parameters[n++ % parameters.length] ?? '') + query
      const ownLength = !headers.some((line) => /^(?:transfer-encoding|content-length)/i.test(line))
      // Else it would be a second request, which spoils the answer to the first.
      const bytes = Buffer.from(verb === 'GET' || verb === 'HEAD' ? '' : body, 'utf8')
      const head = [
        `${verb} ${target} HTTP/1.1`,
        'Host: 127.0.0.1',
        'Connection: close',
        ...(isJson ? ['Content-Type: application/json'] : []),
        ...(ownLength && verb !== 'GET' ? [`Content-Length: ${bytes.length}`] : []),
        ...headers,
      ]
      return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), bytes])
    })
}

/** So many requests for the operations, the same for a seed. */
export function badRequests(
  operations: readonly KnownOperation[],
  { count, seed }: { readonly count: number; readonly seed: number },
): Buffer[] {
  const perOperation = Math.ceil(count / operations.length)
  return operations
    .flatMap((operation, n) => fc.sample(requestFor(operation), { numRuns: perOperation, seed: seed + n }))
    .slice(0, count)
}
