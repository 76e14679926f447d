import { z } from 'zod'
import type { ServiceErrorCode } from '../serviceError.ts'
import { type ErrorTexts, englishTexts, spanishTexts } from './errorTexts.ts'

/** What a client learns about an error. */
export interface HttpProblem {
  status: number
  code: ServiceErrorCode
  /** What went wrong, in English where this package found it. */
  message: string
  requestId: string
}

/** How a service writes the body of an error, and in which language it tells what is wrong with a request. */
export interface ErrorStyle {
  readonly contentType: string
  readonly texts: ErrorTexts
  /** What OpenAPI shows of the body. */
  readonly schema: z.ZodType
  /** What OpenAPI says of the errors that all endpoints have, by status. */
  readonly descriptions: Readonly<Record<number, string>>
  body(problem: HttpProblem): object
}

/** Problem details, RFC 9457. */
export const problemDetails: ErrorStyle = {
  contentType: 'application/problem+json',
  texts: englishTexts,
  schema: z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    request_id: z.string(),
  }),
  descriptions: {
    400: 'The request is not valid',
    401: 'The token of operators is missing or wrong',
    403: 'Not for web pages of others, nor, without a token, for other machines',
    409: 'The first request with this Idempotency-Key is still under way',
    413: 'The body is too large',
    415: 'The body is not application/json in UTF-8',
    422: 'This Idempotency-Key came with another request',
    503: 'A server that is needed cannot be reached just now',
  },
  body: ({ status, code, message, requestId }) => ({
    type: 'about:blank',
    title: titles[status] ?? 'Error',
    status,
    detail: message,
    code,
    request_id: requestId,
  }),
}

const titles: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

/** `{ success: false, error: "…" }` with Spanish texts. */
export const spanishErrors: ErrorStyle = {
  contentType: 'application/json',
  texts: spanishTexts,
  schema: z.object({ success: z.literal(false), error: z.string() }),
  descriptions: {
    400: 'La petición no es válida',
    401: 'Falta la credencial de operador, o no es correcta',
    403: 'No se admite desde otras páginas web ni, sin credencial, desde otras máquinas',
    409: 'La primera petición con esta Idempotency-Key aún está en curso',
    413: 'El cuerpo es demasiado grande',
    415: 'El cuerpo no es application/json en UTF-8',
    422: 'Esta Idempotency-Key vino con otra petición',
    503: 'Un servidor necesario no está disponible',
  },
  body: ({ code, message }) => ({ success: false, error: spanish[code] ?? message }),
}

const spanish: Partial<Record<ServiceErrorCode, string>> = {
  badRequest: 'La petición está mal formada',
  invalidJson: 'El cuerpo de la petición no es JSON válido',
  unauthenticated: 'Falta la credencial, o no es correcta: Authorization: Bearer',
  forbidden: 'La petición no está permitida con esta credencial o desde este origen',
  unknownPath: 'La ruta no existe',
  methodNotAllowed: 'El método no está permitido en esta ruta',
  bodyTooLarge: 'El cuerpo de la petición es demasiado grande',
  unsupportedMediaType: 'El cuerpo de la petición debe enviarse como application/json en UTF-8',
  keyInUse: 'La primera petición con esta Idempotency-Key aún está en curso. Repítala más tarde.',
  keyReused:
    'Esta Idempotency-Key vino con otra petición. Use una clave nueva para una petición nueva, y repita cada una tal como era.',
  tooManyRequests: 'Demasiadas peticiones. Intente de nuevo más tarde.',
  timeout: 'La respuesta ha tardado demasiado',
  internal: 'Error interno del servidor',
  unavailable: 'El servicio no está disponible temporalmente. Intente de nuevo más tarde.',
}
