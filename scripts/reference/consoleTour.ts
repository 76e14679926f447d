import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../dataDirectory.ts'

const folder = join(root, 'docs/images/console')
/** The pictures in docs/images/console that are shown, in this order, with what they show. */
const stills = [
  ['overview', 'Is everything delivered?'],
  ['undelivered', 'What was not, and why: dead letters and quarantined keys'],
  ['redrive', 'What a redrive will do, before it does it'],
  ['saga', 'A saga with its steps, attempts and compensation'],
  ['topic', 'Records of a topic, decoded'],
] as const
const shownSeconds = 4
const fadeSeconds = 0.5
const captionHeight = 64

/**
 * The tour of the console: an SVG that holds screenshots and fades from one to the next, for the README and the site. Whoever wants
 * no motion sees the first.
 */
export function renderConsoleTour(): string {
  const images = stills.map(([name, caption]) => ({
    caption,
    png: readFileSync(join(folder, `${name}.png`)),
  }))
  const sizes = images.map(({ png }) => sizeOf(png))
  const width = Math.max(...sizes.map((size) => size.width))
  const height = Math.min(...sizes.map((size) => Math.round((size.height * width) / size.width)))
  const frames = images.map(({ caption, png }, index) => {
    const { width: own, height: ownHeight } = sizes[index] ?? { width, height }
    return `<g class="still" style="animation-delay:${index * shownSeconds}s"><svg width="${width}" height="${height}" viewBox="0 0 ${own} ${Math.round((height * own) / width)}"><image width="${own}" height="${ownHeight}" href="data:image/png;base64,${png.toString('base64')}"/></svg><text x="${width / 2}" y="${height + captionHeight / 2 + 9}">${caption}</text></g>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height + captionHeight}" role="img" aria-label="A tour of the console">
<style>${styles(images.length)}</style>
<rect width="${width}" height="${height + captionHeight}" rx="12" fill="#0a1730"/>
${frames.join('\n')}
</svg>
`
}

function styles(count: number): string {
  const total = count * shownSeconds
  const percent = (seconds: number) => `${((seconds / total) * 100).toFixed(2)}%`
  return `
.still{opacity:0;animation:show ${total}s infinite}
@keyframes show{0%{opacity:0}${percent(fadeSeconds)},${percent(shownSeconds)}{opacity:1}${percent(shownSeconds + fadeSeconds)},100%{opacity:0}}
text{font:26px system-ui,sans-serif;fill:#fff;text-anchor:middle}
@media (prefers-reduced-motion:reduce){.still{animation:none}.still:first-of-type{opacity:1}}
`
}

/** The width and height of a PNG, which are in its first chunk. */
function sizeOf(png: Buffer): { readonly width: number; readonly height: number } {
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20) }
}
