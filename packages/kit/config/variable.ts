import { readFileSync } from 'node:fs'

/** One variable of the environment, with its description for `--help`. */
export interface Variable<T> {
  readonly name: string
  readonly doc: string
  /** What may stand in it, for people: `whole number from 0 to 65535`. */
  readonly kind: string
  /** The text that is taken when it is not set. */
  readonly fallback: string | undefined
  readonly required: boolean
  readonly secret: boolean
  /** @throws Error whose message completes "NAME must be …". */
  parse(text: string): T
}

interface Common {
  doc: string
}
interface WithDefault<T> extends Common {
  default: T
  optional?: never
}
interface Optional extends Common {
  optional: true
  default?: never
}
interface Required extends Common {
  optional?: never
  default?: never
}

/** How a variable is declared: with a default, as optional, or (neither) as required. */
export type Declaration<T> = WithDefault<T> | Optional | Required
type Result<T, D> = D extends Optional ? T | undefined : T

interface Kind<T> {
  kind: string
  parse(text: string): T
  show?(value: T): string
  secret?: boolean
}

function declare<T, D extends Declaration<T>>(
  name: string,
  declaration: D,
  kind: Kind<T>,
): Variable<Result<T, D>> {
  const { doc, default: value, optional } = declaration
  return {
    name,
    doc,
    kind: kind.kind,
    fallback: value === undefined ? undefined : (kind.show ?? String)(value),
    required: value === undefined && !optional,
    secret: kind.secret ?? false,
    // A variable that is not set and has no default never gets here.
    parse: kind.parse as (text: string) => Result<T, D>,
  }
}

type TextDeclaration = Declaration<string>
type NumberDeclaration = Declaration<number> & { min?: number; max?: number }

export function string<D extends TextDeclaration>(name: string, declaration: D) {
  return declare<string, D>(name, declaration, { kind: 'text', parse: (text) => text })
}

/** Like a string, but never shown: neither in messages nor in `--help`. */
export function secret<D extends TextDeclaration>(name: string, declaration: D) {
  return declare<string, D>(name, declaration, { kind: 'secret text', parse: (text) => text, secret: true })
}

export function int<D extends NumberDeclaration>(name: string, declaration: D) {
  return declare<number, D>(name, declaration, wholeNumber('whole number', declaration))
}

/** Milliseconds; its name ends in _MS. */
export function duration<D extends NumberDeclaration>(name: string, declaration: D) {
  return declare<number, D>(name, declaration, wholeNumber('number of milliseconds', declaration))
}

/** Bytes; its name ends in _BYTES. */
export function bytes<D extends NumberDeclaration>(name: string, declaration: D) {
  return declare<number, D>(name, declaration, wholeNumber('number of bytes', declaration))
}

function wholeNumber(
  noun: string,
  { min = 0, max = Number.MAX_SAFE_INTEGER }: { min?: number; max?: number },
) {
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`
  const kind = `${noun} ${range}`
  const parse = (text: string): number => {
    const value = Number(text)
    if (!/^-?\d+$/.test(text) || value < min || value > max) throw new Error(`a ${kind}`)
    return value
  }
  return { kind, parse }
}

/** A share of a whole, from 0 to 1. */
export function share<D extends Declaration<number>>(name: string, declaration: D) {
  const kind = 'number from 0 to 1'
  const parse = (text: string): number => {
    const value = Number(text)
    if (!/^\d*\.?\d+$/.test(text) || value > 1) throw new Error(`a ${kind}`)
    return value
  }
  return declare<number, D>(name, declaration, { kind, parse })
}

/** A currency by its three letters of ISO 4217; whether there is such a currency is not checked. */
export function currency<D extends TextDeclaration>(name: string, declaration: D) {
  const kind = 'three capitals'
  const parse = (text: string): string => {
    if (!/^[A-Z]{3}$/.test(text)) throw new Error(kind)
    return text
  }
  return declare<string, D>(name, declaration, { kind, parse })
}

export function bool<D extends Declaration<boolean>>(name: string, declaration: D) {
  const kind = 'true or false'
  const parse = (text: string): boolean => {
    if (text !== 'true' && text !== 'false') throw new Error(kind)
    return text === 'true'
  }
  return declare<boolean, D>(name, declaration, { kind, parse })
}

export function oneOf<const T extends string, D extends Declaration<NoInfer<T>>>(
  name: string,
  values: readonly T[],
  declaration: D,
) {
  const kind = `one of ${values.join(', ')}`
  const parse = (text: string): T => {
    const value = values.find((candidate) => candidate === text)
    if (value === undefined) throw new Error(kind)
    return value
  }
  return declare<T, D>(name, declaration, { kind, parse })
}

/** A URL with one of the schemes; it may hold a password, so its value is never shown. */
export function url<D extends TextDeclaration>(name: string, schemes: readonly string[], declaration: D) {
  const kind = `URL (${schemes.map((scheme) => `${scheme}://…`).join(' or ')})`
  const parse = (text: string): string => {
    if (!URL.canParse(text) || !schemes.includes(new URL(text).protocol.slice(0, -1)))
      throw new Error(`a ${kind}`)
    return text
  }
  return declare<string, D>(name, declaration, { kind, parse, secret: true })
}

const listKind = 'list, by commas'
const showList = (items: readonly string[]) => items.join(',')

/** Texts with commas between them; empty ones are left out, but one must remain. */
export function list<D extends Declaration<readonly string[]>>(name: string, declaration: D) {
  return declare<readonly string[], D>(name, declaration, {
    kind: listKind,
    parse: parseList,
    show: showList,
  })
}

/** A list whose items are some of the values. */
export function manyOf<const T extends string, D extends Declaration<readonly NoInfer<T>[]>>(
  name: string,
  values: readonly T[],
  declaration: D,
) {
  const kind = `${listKind}, of ${values.join(', ')}`
  const parse = (text: string): readonly T[] => {
    const items = parseList(text)
    const unknown = items.filter((item) => !values.some((value) => value === item))
    if (unknown.length > 0)
      throw new Error(`of ${values.join(', ')}, not ${unknown.map((item) => `"${item}"`).join(', ')}`)
    return items as readonly T[]
  }
  return declare<readonly T[], D>(name, declaration, { kind, parse, show: showList })
}

function parseList(text: string): readonly string[] {
  const items = text.split(',').map((item) => item.trim())
  const named = items.filter((item) => item !== '')
  if (named.length === 0 && text !== '') throw new Error(`a ${listKind}`)
  return named
}

/** Addresses `host:port` with commas between them, IPv6 ones in brackets. */
export function addresses<D extends Declaration<readonly string[]>>(name: string, declaration: D) {
  const kind = 'list of host:port, by commas'
  const parse = (text: string): readonly string[] => {
    const items = text.split(',').map((item) => item.trim())
    const named = items.filter((item) => item !== '')
    if (named.length === 0 || !named.every(isAddress)) throw new Error(`a ${kind}`)
    return named
  }
  return declare<readonly string[], D>(name, declaration, { kind, parse })
}

/** Text of a form of its own. @param form `parse` throws an Error whose message completes "NAME must be …". */
export function parsed<T, D extends Declaration<T>>(
  name: string,
  declaration: D,
  form: { readonly kind: string; parse(text: string): T; show?(value: T): string },
) {
  return declare<T, D>(name, declaration, form)
}

/** Where a service answers. */
export interface ServiceUrl {
  readonly name: string
  /** Its base URL, without a slash at the end. */
  readonly url: string
}

const serviceName = /^[a-z0-9][a-z0-9-]{0,62}$/

/** Services with their base URLs: `name=http://host:port` with commas between, each name once. */
export function serviceUrls<D extends Declaration<readonly ServiceUrl[]>>(name: string, declaration: D) {
  const kind = 'list of name=http://host:port, by commas'
  const show = (services: readonly ServiceUrl[]) =>
    services.map((each) => `${each.name}=${each.url}`).join(',')
  return declare<readonly ServiceUrl[], D>(name, declaration, { kind, parse: parseServiceUrls, show })
}

function parseServiceUrls(text: string): readonly ServiceUrl[] {
  const items = text.split(',').map((item) => item.trim())
  const services = items.filter((item) => item !== '').map(parseServiceUrl)
  const names = services.map(({ name }) => name)
  const twice = names.find((name, n) => names.indexOf(name) !== n)
  if (twice !== undefined) throw new Error(`a list in which each name is once, and ${twice} is there twice`)
  return services
}

function parseServiceUrl(item: string): ServiceUrl {
  const [, name = '', url = ''] = /^([^=]+)=(.+)$/.exec(item) ?? []
  const isUrl = URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol)
  if (!serviceName.test(name) || !isUrl) throw new Error('a list of name=http://host:port, by commas')
  return { name, url: url.replace(/\/+$/, '') }
}

function isAddress(text: string): boolean {
  const [, port] = /^(?:[^\s:/[\]]+|\[[\da-fA-F:.]+\]):(\d{1,5})$/.exec(text) ?? []
  return port !== undefined && Number(port) > 0 && Number(port) < 65_536
}

/** What a file holds now. */
export type FileText = () => string

interface FileDeclaration extends Common {
  readonly optional: true
}

/** The path of a PEM file. Its value reads the file again, since certificates are renewed in place. */
export function pemFile(name: string, declaration: FileDeclaration) {
  const kind = 'path of a PEM file'
  const parse = (path: string) => rereadable(path, (text) => text.includes('-----BEGIN '), `a ${kind}`)
  return declare<FileText, FileDeclaration>(name, declaration, { kind, parse })
}

/** The path of a file that holds a secret. Its value reads the file again, since passwords are changed in place. */
export function secretFile(name: string, declaration: FileDeclaration) {
  const kind = 'path of a file with a secret'
  const parse = (path: string) => rereadable(path, (text) => text.trim() !== '', `a ${kind} in it`)
  const read = (path: string) => {
    const text = parse(path)
    return () => text().trimEnd()
  }
  return declare<FileText, FileDeclaration>(name, declaration, { kind, parse: read })
}

/** Reads a file now, and again each time. While it cannot be read, or is being replaced, the last text holds. */
function rereadable(path: string, isGood: (text: string) => boolean, must: string): FileText {
  let text = readText(path)
  if (!isGood(text)) throw new Error(must)
  return () => {
    try {
      const current = readFileSync(path, 'utf8')
      if (isGood(current)) text = current
    } catch {}
    return text
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Error(`a file that can be read (${cause instanceof Error ? cause.message : cause})`, { cause })
  }
}
