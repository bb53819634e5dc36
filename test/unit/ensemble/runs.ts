/** How often a property over whole ensembles is tried: all of it in ./scripts/test, which sets DMAN_DEPTH=1, a third in a quick `npm run check`. */
export const runs = (all: number): number => Math.ceil(all * Number(process.env['DMAN_DEPTH'] ?? 1 / 3))
