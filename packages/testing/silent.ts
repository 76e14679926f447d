import { createLogger } from '@relevo/kit'

/** A logger for what a test does not look at. */
export const silent = createLogger('test', 'silent')
