import { setTimeout as delay } from 'node:timers/promises'
import { createSecureContext } from 'node:tls'
import { Gauge, type Registry } from 'prom-client'
import type { Logger } from '../../process/logger.ts'
import { certificatesIn, endOf } from '../../process/pem.ts'
import { ServiceError } from '../../serviceError.ts'

/** What a service shows of itself and whom it believes, as PEM. */
export interface TlsTexts {
  readonly cert: string
  readonly key: string
  readonly ca: string
}

/** Read the files again each time. */
export interface TlsSettings {
  readonly tlsCertFile?: (() => string) | undefined
  readonly tlsKeyFile?: (() => string) | undefined
  readonly tlsCaFile?: (() => string) | undefined
}

interface Host {
  readonly logger: Logger
  readonly registry: Registry
}

/**
 * The certificate of this service and the authority of all. Files that change are looked at every few seconds: what works takes the
 * place of what there was, and what does not (a key of another certificate, half a file) changes nothing but the log.
 */
export class Certificates {
  readonly #read: () => TlsTexts
  readonly #logger: Logger
  readonly #expiry: Gauge
  readonly #onChange: ((texts: TlsTexts) => void)[] = []
  #current: TlsTexts
  #refused: TlsTexts | undefined

  /** @throws Error when they do not work together. */
  constructor(read: () => TlsTexts, { logger, registry }: Host) {
    this.#read = read
    this.#logger = logger
    this.#expiry = new Gauge({
      name: 'relevo_tls_certificate_expiry_seconds',
      help: 'When the certificate in use expires, in seconds since 1970; ca: the first to expire of those that sign',
      labelNames: ['certificate'],
      registers: [registry],
    })
    const texts = read()
    this.#check(texts)
    this.#current = texts
    this.#tell(texts)
  }

  get current(): TlsTexts {
    return this.#current
  }

  /** Has it called with what takes the place of the last ones. */
  onChange(take: (texts: TlsTexts) => void): void {
    this.#onChange.push(take)
  }

  /** Looks at the files until the signal aborts. */
  async keepLooking(signal: AbortSignal, everyMs: number): Promise<void> {
    while (!signal.aborted) {
      await delay(everyMs, undefined, { signal, ref: false }).catch(() => undefined)
      this.look()
    }
  }

  /** Looks at the files now. */
  look(): void {
    const texts = this.#read()
    if (areSame(texts, this.#current) || (this.#refused && areSame(texts, this.#refused))) return
    try {
      this.#check(texts)
      for (const take of this.#onChange) take(texts)
      this.#current = texts
      this.#refused = undefined
      this.#tell(texts)
      this.#logger.info({ expiresAt: expiryOf(texts.cert) }, 'certificate changed')
    } catch (err) {
      this.#refused = texts
      this.#logger.warn({ err }, 'the certificate in the files cannot be used; the last one holds')
    }
  }

  /** @throws Error of OpenSSL when the key is of another certificate, or a text is none. */
  #check(texts: TlsTexts): void {
    createSecureContext({ ...texts, minVersion: 'TLSv1.3' })
    for (const text of [texts.cert, texts.ca]) expiryOf(text)
  }

  #tell({ cert, ca }: TlsTexts): void {
    this.#expiry.set({ certificate: 'own' }, expiryOf(cert).getTime() / 1_000)
    this.#expiry.set({ certificate: 'ca' }, Math.min(...certificatesIn(ca).map(endOf)) / 1_000)
  }
}

/**
 * The certificates that the variables name; undefined: this service and others know each other without.
 * @throws ServiceError `invalidConfig` when some of the files are named and not all.
 */
export function openCertificates(settings: TlsSettings, host: Host): Certificates | undefined {
  const read = tlsReader(settings)
  return read && new Certificates(read, host)
}

/**
 * Reads the files that the variables name; undefined: they name none.
 * @throws ServiceError `invalidConfig` when some of the files are named and not all.
 */
export function tlsReader(settings: TlsSettings): (() => TlsTexts) | undefined {
  const { tlsCertFile: cert, tlsKeyFile: key, tlsCaFile: ca } = settings
  if (!cert && !key && !ca) return undefined
  if (!cert || !key || !ca)
    throw new ServiceError(
      'invalidConfig',
      'TLS_CERT_FILE, TLS_KEY_FILE and TLS_CA_FILE belong together: set all of them or none.',
    )
  return () => ({ cert: cert(), key: key(), ca: ca() })
}

function areSame(a: TlsTexts, b: TlsTexts): boolean {
  return a.cert === b.cert && a.key === b.key && a.ca === b.ca
}

/** Of the first certificate, which is the one that counts in a chain. */
function expiryOf(pem: string): Date {
  const [first] = certificatesIn(pem)
  if (first === undefined) throw new Error('There is no certificate in the file.')
  return new Date(endOf(first))
}
