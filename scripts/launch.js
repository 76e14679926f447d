// Starts the script named by the first argument. It is JavaScript so that any Node.js can run it and say what is
// missing: the scripts are TypeScript, which the Node.js that `npm ci` brings along runs as it is.
const [, , name, ...rest] = process.argv
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `Node.js ${process.versions.node} cannot run the scripts. Run "npm ci" first: on Linux it installs Node.js 24 in this folder, unless npm is set to omit optional packages (then: npm ci --include=optional). Elsewhere, install Node.js 24.`,
  )
  process.exit(1)
}
process.argv = [process.argv[0], process.argv[1], ...rest]
try {
  await import(`./${name}.ts`)
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
  console.error(`${error.message}\nRun "npm ci" first.`)
  process.exit(1)
}
