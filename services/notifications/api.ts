import { defineApi, problemDetails } from '@relevo/kit'
import { consumerStats, deadLetterEndpoints } from '@relevo/kit/consumer'
import { z } from 'zod'
import { channelNames } from './channels/channel.ts'

const channel = z.object({
  channel: z.enum(channelNames),
  problem: z.string().nullable().meta({ description: 'Why it passes nothing on just now' }),
  ...consumerStats('en'),
})

const deadLetters = deadLetterEndpoints('en', {
  prefix: '/channels/:channel',
  params: { channel: z.string().meta({ description: 'The name of a channel that this process has' }) },
  unknown: 'There is no such channel.',
})

/** The endpoints of the notifications. */
export const api = defineApi({
  title: 'Relevo notifications',
  version: '1.0.0',
  errors: problemDetails,
  endpoints: {
    channels: {
      method: 'get',
      path: '/channels',
      summary: 'What each channel has done, and what is left',
      responses: {
        200: { description: 'The channels', schema: z.object({ channels: z.array(channel) }) },
      },
    },
    ...deadLetters,
  },
})

export type Endpoints = typeof api.endpoints
