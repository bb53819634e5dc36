import * as z from 'zod'

// What schemas are made of. `what` completes both "must be …" and "is missing; it is …".

export const says =
  (what: string) =>
  ({ input }: { readonly input?: unknown }): string =>
    input === undefined ? `is missing; it is ${what}` : `must be ${what}`

export const text = (what: string, pattern: RegExp = /\S/) =>
  z
    .string({ error: says(what) })
    .regex(pattern, { error: says(what) })
    .describe(what)
export const whole = (what: string, least: number, most: number) =>
  z
    .int({ error: says(what) })
    .min(least, { error: says(what) })
    .max(most, { error: says(what) })
    .describe(what)
export const list = (what: string, item: z.ZodString) => z.array(item, { error: says(what) }).describe(what)
export const choice = <const T extends readonly [string, ...string[]]>(what: string, values: T) =>
  z.enum(values, { error: says(what) }).describe(what)
export const section = <T extends z.ZodRawShape>(what: string, shape: T) =>
  z.strictObject(shape, { error: says(what) }).describe(what)

export const path = (what: string) => text(`${what}, a path; relative ones start at the inventory, ~/ is your home`)
export const name = (what: string) =>
  text(`${what}: letters, digits, . _ - and a letter or digit first`, /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/)
