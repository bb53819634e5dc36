import { describe, expect, test } from 'vitest'
import { withLab } from './lab/lab.ts'
import { ended, homes, onAll, servers, statusOf } from './up-look.ts'

describe('hosts of the kind loopback: one machine, a home each, no privileges', () => {
  const lab = withLab({ kind: 'loopback' })

  test('up, up again, and destroy, which leaves what was there before', async () => {
    const bare = await onAll(lab, 'find . -printf "%p %m %s\\n" | sort')
    // each home is a machine's own as far as anyone can tell by its address; that it is one machine is a warning
    expect(ended(await lab.run('check', lab.inventory), 0).stdout).toMatch(/ready/)
    ended(await lab.run('up', lab.inventory), 0)
    const status = await statusOf(lab, 0)
    expect(status).toMatchObject({ healthy: true, trees: [{ generation: 1 }] })

    const before = [await homes(lab), await servers(lab)]
    expect(ended(await lab.run('up', lab.inventory), 0).stderr).toContain('nothing to do')
    expect([await homes(lab), await servers(lab)]).toEqual(before)

    ended(await lab.run('destroy', lab.inventory, '--data', '--yes'), 0)
    expect(await onAll(lab, 'find . -printf "%p %m %s\\n" | sort')).toEqual(bare)
  })
})
