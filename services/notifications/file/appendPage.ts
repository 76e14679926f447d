import type { LineFile } from './lineFile.ts'

/**
 * Makes the file end with these lines behind its first `knownSize` bytes, whatever part of them an earlier try has left
 * there; returns its new size. The lines that are there whole are kept, so that who follows the file sees each once.
 */
export async function appendPage(
  file: LineFile,
  knownSize: number,
  lines: readonly string[],
): Promise<number> {
  const page = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  const size = await file.size()
  const there = await file.read(knownSize, Math.min(size, knownSize + page.length))
  const kept = commonLines(there, page)
  if (size > knownSize + kept) await file.truncate(knownSize + kept)
  if (kept < page.length) await file.write(page.subarray(kept), knownSize + kept)
  await file.sync() // also when nothing was written: what a killed process wrote may not be on the disk
  return knownSize + page.length
}

/** Bytes of the whole lines with which both begin. */
export function commonLines(a: Buffer, b: Buffer): number {
  let end = 0
  for (;;) {
    const next = b.indexOf('\n', end) + 1
    if (next === 0 || next > a.length || !a.subarray(end, next).equals(b.subarray(end, next))) return end
    end = next
  }
}
