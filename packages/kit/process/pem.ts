import { X509Certificate } from 'node:crypto'

const certificateForm = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/** The certificates of a PEM text, none or several. @throws Error if one cannot be read. */
export function certificatesIn(pem: string): X509Certificate[] {
  return (pem.match(certificateForm) ?? []).map((text) => new X509Certificate(text))
}

/** When it expires, in milliseconds since 1970. */
export function endOf({ validTo }: X509Certificate): number {
  return Date.parse(validTo)
}
