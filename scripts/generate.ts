// npm run generate [-- --check]: writes everything that derives from systems/; with --check it only says what is stale.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './dataDirectory.ts'
import { staleArtifacts } from './generate/artifacts.ts'

const check = process.argv.includes('--check')
const stale = staleArtifacts((file) => readFileSync(join(root, file), 'utf8'))
for (const { file, text } of stale) {
  console.log(`${check ? 'stale' : 'written'}: ${file}`)
  if (!check) writeFileSync(join(root, file), text)
}
if (check && stale.length > 0) {
  console.error('Run: npm run generate')
  process.exitCode = 1
}
