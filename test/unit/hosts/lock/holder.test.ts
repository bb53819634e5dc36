import { expect, it } from 'vitest'
import { holderFor } from '../../../../src/hosts/lock/holder.ts'

const operator = { who: 'ann@desk', machine: 'desk', boot: 'b', pid: 5, start: '50' }

it('case 25: tells which processes of this machine are gone', () => {
  const starts = new Map([
    [5, '50'],
    [6, '60'],
  ])
  const { lives } = holderFor(operator, 'ab', (pid) => starts.get(pid))
  expect([lives(6, '60'), lives(6, '59'), lives(7, '70'), lives(7, 'unknown')]).toEqual([true, false, false, true])
})

it('takes no process for gone where that cannot be told', () => {
  expect(holderFor({ ...operator, start: 'unknown' }, 'ab', () => undefined).lives(7, '70')).toBe(true)
})
