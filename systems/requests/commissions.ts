// Also runs in k6: no imports of packages.
import type { ApiRequest, Arrival, Body, Receipt } from '../request.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The answers tell neither an event's number nor its state. */
function receipt({ commissionId }: Body): Receipt | undefined {
  return typeof commissionId === 'string' && uuid.test(commissionId) ? {} : undefined
}

export const calculateCommission: ApiRequest = {
  path: '/commissions/calculate',
  accepted: [201],
  body: (conversionId) => ({
    conversionId,
    affiliateId: 'load',
    campaignId: 'load',
    grossAmount: 120.5,
    currency: 'USD',
  }),
  event: (conversionId) => `${conversionId}:calculated`,
  receipt,
}

export const approveCommission: ApiRequest = {
  path: '/commissions/approve',
  accepted: [200],
  body: (_, { commissionId }) => ({ commissionId }),
  event: (conversionId) => `${conversionId}:approved`,
  receipt,
}

export const commissionApproved: Arrival = {
  at: 'commissions',
  path: (conversionId) => `/commissions/by-conversion/${conversionId}`,
  shows: ({ status }) => status === 'APPROVED',
}

export const commissionPublished: Arrival = {
  at: 'relay-commissions',
  path: () => '/status',
  shows: ({ backlog }) => (backlog as Body | undefined)?.events === 0,
}

export const commissionNotified: Arrival = {
  at: 'notifications',
  path: () => '/channels',
  shows: ({ channels }) =>
    (channels as readonly Body[]).every(
      ({ lag, held, problem }) => lag === 0 && held === 0 && problem === null,
    ),
}
