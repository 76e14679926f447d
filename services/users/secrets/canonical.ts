/**
 * What an address or a word is known by: NFKC, without differences of case. Capitals first, so that ß is ss and ſ is s, as full
 * case folding has it; it is idempotent.
 */
export function canonical(text: string): string {
  return text.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC').trim()
}

const mostWords = 12
const shortest = 2
const longest = 20

/** The beginnings of the words of a name and an address, and the whole address: what a user is found by. */
export function searchTerms(name: string, email: string): ReadonlySet<string> {
  const address = canonical(email)
  const words = [...wordsOf(name), ...wordsOf(address)].slice(0, mostWords)
  return new Set([address, ...words.flatMap(beginnings)])
}

/** What each of them has to be found by. */
export function termsOfSearch(search: string): readonly string[] {
  if (search.includes('@')) return [canonical(search)]
  return [...new Set(wordsOf(search).slice(0, mostWords).map(cut))]
}

function wordsOf(text: string): string[] {
  return canonical(text)
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== '')
}

function beginnings(word: string): string[] {
  const letters = [...word].slice(0, longest)
  const lengths = Array.from({ length: Math.max(letters.length - shortest + 1, 1) }, (_, n) => n + shortest)
  return lengths.map((length) => letters.slice(0, length).join(''))
}

function cut(word: string): string {
  return [...word].slice(0, longest).join('')
}
