import type { Stat } from '../zookeeper/zookeeper.ts'

/** Zxids of transactions in which a tree's znodes were made by us: from and to, both included, 16 hex digits each, in order. */
export type Made = readonly (readonly [from: string, to: string])[]

/** HEAD holds them: of a quiet ensemble one range an apply. What is left out costs a read of an ACL, no more. */
const most = 64

/** With further zxids; ranges that touch each other are one. */
export function withMade(made: Made, zxids: readonly string[]): Made {
  const ranges: [string, string][] = []
  const all = [...made, ...zxids.map((zxid) => [zxid, zxid] as const)]
  for (const [from, to] of all.sort(([one], [other]) => (one < other ? -1 : 1))) {
    const last = ranges.at(-1)
    if (last === undefined || from > next(last[1])) ranges.push([from, to])
    else if (to > last[1]) last[1] = to
  }
  return ranges.slice(-most)
}

const next = (zxid: string): string => (BigInt(`0x${zxid}`) + 1n).toString(16).padStart(16, '0')

/**
 * Whether a znode was made in one of these transactions, and its ACL never changed since. A transaction has a zxid of its own, which no other
 * znode gets, and any change of an ACL counts it up: so the ACL is the one that we gave.
 */
export const isAsMade = ({ czxid, aversion }: Pick<Stat, 'czxid' | 'aversion'>, made: Made): boolean =>
  aversion === 0 && made.some(([from, to]) => from <= czxid && czxid <= to)
