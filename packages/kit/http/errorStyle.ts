import type { ServiceErrorCode } from '../serviceError.ts'

/** What a client is told of an error. */
export interface HttpProblem {
  status: number
  code: ServiceErrorCode
  /** What went wrong, in English where this package found it. */
  message: string
  requestId: string
}

/** How a service writes the body of an error. */
export interface ErrorStyle {
  contentType: string
  body(problem: HttpProblem): object
}

/** Problem details, RFC 9457. */
export const problemDetails: ErrorStyle = {
  contentType: 'application/problem+json',
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
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** `{ success: false, error: "…" }` with Spanish texts. */
export const spanishErrors: ErrorStyle = {
  contentType: 'application/json',
  body: ({ code, message }) => ({ success: false, error: spanish[code] ?? message }),
}

const spanish: Partial<Record<ServiceErrorCode, string>> = {
  badRequest: 'La petición está mal formada',
  invalidJson: 'El cuerpo de la petición no es JSON válido',
  unknownPath: 'La ruta no existe',
  methodNotAllowed: 'El método no está permitido en esta ruta',
  bodyTooLarge: 'El cuerpo de la petición es demasiado grande',
  unsupportedMediaType: 'El cuerpo de la petición debe enviarse como application/json en UTF-8',
  internal: 'Error interno del servidor',
  unavailable: 'El servicio no está disponible temporalmente. Intente de nuevo más tarde.',
}
