/** A service as the gateway has it. */
export interface HomeEntry {
  readonly service: string
  readonly path: string
  readonly state: 'open' | 'left_alone' | 'not_installed'
}

const states: Readonly<Record<HomeEntry['state'], string>> = {
  open: 'responde',
  left_alone: 'no responde ahora',
  not_installed: 'no está instalado',
}

/** Where to begin, for people with a browser. Names and paths are of this repository, so nothing is escaped. */
export function renderHome(entries: readonly HomeEntry[]): string {
  const rows = entries.map(({ service, path, state }) => {
    const links = ['health', 'openapi.json']
      .map((name) => `<a href="${path}/${name}">${name}</a>`)
      .join(' · ')
    return `<tr><th scope="row">${service}</th><td>${path}</td><td>${states[state]}</td><td>${state === 'not_installed' ? '' : links}</td></tr>`
  })
  return `<!doctype html>
<html lang="es">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Relevo</title>
<style>body { font: 1rem/1.5 system-ui; margin: 2rem } th, td { text-align: left; padding: 0.2rem 1rem 0.2rem 0 }</style>
<h1>Relevo</h1>
<table>
<thead><tr><th>Servicio</th><th>Ruta</th><th>Estado</th><th>Enlaces</th></tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table>
</html>
`
}
