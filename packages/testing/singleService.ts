import {
  defineApi,
  defineConfig,
  defineService,
  type Endpoint,
  httpVariables,
  problemDetails,
  processVariables,
} from '@relevo/kit'

/** A service without a database that answers `GET path`, which is public, as `answer` says. */
export function singleService(
  { path, responses }: Pick<Endpoint, 'path' | 'responses'>,
  answer: () => { readonly status?: number; readonly body: unknown },
) {
  return defineService({
    name: 'thing',
    config: defineConfig({ ...processVariables, ...httpVariables(0) }),
    api: defineApi({
      title: 'Thing',
      version: '1.0.0',
      errors: problemDetails,
      endpoints: { thing: { method: 'get', path, summary: 'It', access: 'public', responses } },
    }),
    start: () => ({ thing: answer }),
  })
}
