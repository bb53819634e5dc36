import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { viteTextFiles } from './scripts/text-files.mjs'

/** What takes minutes is begun first: begun last, it would go on alone. What compares times comes last, when less else is under way. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    const rank = ({ moduleId }: TestSpecification) =>
      /e2e\/(killed|tls|supervise|backup|roll-faults)|shell\/supervise/.test(moduleId)
        ? 0
        : moduleId.endsWith('e2e/restart.test.ts')
          ? 2
          : 1
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

/** `workers`: files run side by side; what waits for real processes more than it computes may be more than there are cores. */
const project = (name: string, order: number, timeout: number, workers?: number) => ({
  plugins: [viteTextFiles],
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: timeout,
    hookTimeout: timeout,
    ...(workers && { maxWorkers: workers }),
    // one project after the other, where several are asked for
    sequence: { groupOrder: order },
    // Unit tests leave nothing behind, so that their files may share a process: the imports are half of their time.
    isolate: name !== 'unit',
    // Moments of real processes: what one crowded minute spoils is tried once more, and told as retried (scripts/test-reporter.mjs). A lost
    // write is not hidden by that (test/e2e/lost.ts).
    retry: name === 'e2e' ? 1 : 0,
  },
})

export default defineConfig({
  test: {
    sequence: { sequencer: LongFirst },
    projects: [project('unit', 1, 60_000), project('shell', 2, 180_000, 4), project('e2e', 3, 300_000, 3)],
  },
})
