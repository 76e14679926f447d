/** What the contents of a run's requests to the API begin with. */
export function postPrefix(contentPrefix: string): string {
  return `${contentPrefix}post-`
}

/** What the contents of a run's own transactions begin with. */
export function keyedPrefix(contentPrefix: string): string {
  return `${contentPrefix}keyed-`
}
