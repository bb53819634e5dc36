import { Failure } from '../model/failure.ts'
import { strikeOut } from './desired.ts'

const struck = '‹secret›'

/** A secret in each form that it may stand in somewhere: as it is, in base64, in hex, in a URL. What is too short to be one is none. Pure. */
export const formsOf = (secret: string): readonly string[] =>
  secret.length < 6
    ? []
    : [
        ...new Set([
          secret,
          Buffer.from(secret).toString('base64').replace(/=+$/, ''),
          Buffer.from(secret).toString('hex'),
          encodeURIComponent(secret),
          JSON.stringify(secret).slice(1, -1),
        ]),
      ]

/** The digests of passwords that a text such as zoo.cfg has, whoever made them. */
export const digestsIn = (text: string): readonly string[] =>
  [...text.matchAll(/superDigest\s*[=:]\s*(?:[^\s:]+:)?([^\s\\"‹]{8,})/g)].map(([, digest = '']) => digest)

/** A text without the secrets that are known, and without what stands where secrets stand. Pure. */
export function strike(text: string, secrets: readonly string[]): string {
  const without = secrets.flatMap(formsOf).reduce((left, form) => left.replaceAll(form, struck), text)
  return strikeOut(without)
}

/** The same for every text in a value, keys too: what is written as JSON stays JSON. */
export const strikeAll = (value: unknown, secrets: readonly string[]): unknown =>
  JSON.parse(JSON.stringify(value), (_, part: unknown) => {
    if (typeof part === 'string') return strike(part, secrets)
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [strike(key, secrets), inner as unknown]))
  })

/** Looks through all that is to be written, names too. Throws a Failure, exit 5, that names the first place where a secret is left. */
export function refuseSecrets(files: ReadonlyMap<string, string>, secrets: readonly string[]): void {
  const forms = secrets.flatMap(formsOf)
  for (const [name, text] of files) {
    const where = forms.some((form) => name.includes(form)) ? 'a name of a file' : name
    if (where === name && !forms.some((form) => text.includes(form)) && digestsIn(text).length === 0) continue
    throw new Failure({
      step: 'write the bundle',
      got: `a secret is left in ${where}`,
      hint: 'nothing was written; this is a defect of dman-bootstrap: tell it without the bundle',
      exit: 5,
    })
  }
}
