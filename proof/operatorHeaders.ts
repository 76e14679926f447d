import { readFileSync } from 'node:fs'

/**
 * By which a tool is let in where AUTH is on: the token of operators, of OPERATOR_TOKEN or of the file that the chart mounts. None where
 * there is no token.
 */
export function operatorHeaders(): Readonly<Record<string, string>> {
  // biome-ignore lint/style/noProcessEnv: a tool's own token, for requests far below its main.ts
  const { OPERATOR_TOKEN, OPERATOR_TOKEN_FILE } = process.env
  const token = OPERATOR_TOKEN || (OPERATOR_TOKEN_FILE && readFileSync(OPERATOR_TOKEN_FILE, 'utf8').trim())
  return token ? { authorization: `Bearer ${token}` } : {}
}
