/** Stands before the JSON of a toolbox command's result. */
export const resultMark = '@@result '

/** Finds the result in what a toolbox command printed. @throws Error with the last of it when there is none. */
export function resultOf<T>(output: string): T {
  const line = output.split('\n').findLast((each) => each.startsWith(resultMark))
  if (line === undefined) throw new Error(`The toolbox printed no result: ${output.slice(-500)}`)
  return JSON.parse(line.slice(resultMark.length)) as T
}
