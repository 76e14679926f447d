/**
 * How far the ranks of `a` among both samples are from what chance would have, in standard deviations (Mann and Whitney, 1947);
 * above 0: those of `a` are larger. Ties share their rank; for samples of 20 and more.
 */
export function rankSumZ(a: readonly number[], b: readonly number[]): number {
  const below = a.reduce(
    (sum, x) => sum + b.reduce((inner, y) => inner + (y < x ? 1 : y === x ? 0.5 : 0), 0),
    0,
  )
  const mean = (a.length * b.length) / 2
  return (below - mean) / Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12)
}
