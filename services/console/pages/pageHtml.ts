import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bundle } from './bundle.ts'

export const languages = ['es', 'en'] as const
export type Language = (typeof languages)[number]

/** The first language of `Accept-Language`, by its weights, that there is; Spanish where none is. */
export function preferredLanguage(header: string | undefined): Language {
  const wanted = (header ?? '').split(',').map((item) => {
    const [tag = '', ...parameters] = item.trim().toLowerCase().split(';')
    const weight = parameters.map((each) => /^\s*q=([\d.]+)$/.exec(each)?.[1]).find(Boolean)
    return { language: tag.split('-')[0], weight: weight === undefined ? 1 : Number(weight) }
  })
  const byWeight = wanted.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight)
  const first = byWeight.find(({ language }) => languages.some((each) => each === language))
  return (first?.language as Language | undefined) ?? 'es'
}

/** In the page itself, so that nothing has to be served for it. */
const icon = `data:image/svg+xml;base64,${readFileSync(join(import.meta.dirname, 'icon.svg')).toString('base64')}`

/** Nothing comes from elsewhere, nothing is written into the page, and no other page has it in a frame. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    `default-src 'none'`,
    `script-src 'self'`,
    `style-src 'self'`,
    `img-src 'self' data:`,
    `connect-src 'self'`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
  ].join('; '),
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  vary: 'accept-language',
} as const

export function pageHtml({ script, style }: Bundle, language: Language): string {
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Relevo</title>
<link rel="icon" href="${icon}">
<link rel="stylesheet" href="/console/assets/${style.name}">
<script type="module" src="/console/assets/${script.name}"></script>
</head>
<body><div id="app"></div><noscript>La consola necesita JavaScript. The console needs JavaScript.</noscript></body>
</html>
`
}
