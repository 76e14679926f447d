// node --import=…/loadBundles.js?bundles=URL: loads each module that the JSON file there names from the bundle beside it
// (see dependencyBundles.ts). It is JavaScript, and asks for what it needs, since every Node.js that a test starts gets it.
import { readFileSync } from 'node:fs'
import * as module from 'node:module'

const list = new URL(new URL(import.meta.url).searchParams.get('bundles'))
const bundles = new Map(Object.entries(JSON.parse(readFileSync(list, 'utf8'))))

module.registerHooks?.({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    const bundle = bundles.get(found.url)
    if (bundle === undefined) return found
    return { url: new URL(bundle, list).href, format: 'module', shortCircuit: true }
  },
})
