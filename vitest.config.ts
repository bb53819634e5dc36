import { defineConfig } from 'vitest/config'
import { viteTextFiles } from './scripts/text-files.mjs'

/** `workers`: files run side by side; what waits for real processes more than it computes may be more than there are cores. */
const project = (name: string, timeout: number, workers?: number) => ({
  plugins: [viteTextFiles],
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: timeout,
    hookTimeout: timeout,
    ...(workers && { maxWorkers: workers }),
    // Unit tests leave nothing behind, so that their files may share a process: the imports are half of their time.
    isolate: name !== 'unit',
    // Moments of real processes: what one crowded minute spoils is tried once more, and told as retried.
    retry: name === 'e2e' ? 1 : 0,
  },
})

export default defineConfig({
  test: {
    projects: [project('unit', 60_000), project('shell', 180_000, 4), project('e2e', 300_000, 2)],
  },
})
