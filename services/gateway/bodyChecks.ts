import { checkBody, problemDetails } from '@relevo/kit'
import { parseExactJson } from '@relevo/kit/exact'
import { placeOrderBody } from '../../systems/bodies/placeOrder.ts'
import type { BodyCheck } from './proxy/forward.ts'
import type { RoutedEndpoint } from './routing/routes.ts'

const checks: Readonly<Record<string, BodyCheck>> = {
  'orders post /orders': (contentType, bytes) =>
    checkBody(
      { body: placeOrderBody, parseBody: parseExactJson },
      { contentType, bytes },
      problemDetails.texts,
    ),
}

/** What a body has to be before the service gets it; undefined: the service alone checks it. */
export function bodyCheckOf(service: string, { method, path }: RoutedEndpoint): BodyCheck | undefined {
  return checks[`${service} ${method} ${path}`]
}
