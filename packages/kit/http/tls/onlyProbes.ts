import type { RequestListener } from 'node:http'

const paths: ReadonlySet<string> = new Set(['/health', '/ready', '/serving', '/metrics'])

/** Lets through what those ask who have no certificate: kubelet and Prometheus. */
export function onlyProbes(app: RequestListener): RequestListener {
  return (request, response) => {
    const [path = ''] = (request.url ?? '').split('?', 1)
    if (request.method === 'GET' && paths.has(path)) app(request, response)
    else response.writeHead(404).end()
  }
}
