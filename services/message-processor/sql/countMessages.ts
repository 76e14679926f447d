/** How many messages are stored, counted up to $1. */
export const countMessages = 'select count(*)::integer as count from (select from messages limit $1) m'
