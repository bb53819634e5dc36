import type { Fact } from '../../src/model/fact.ts'

/** The value of a present fact; undefined for absent and unknown alike, so only for what is expected to be present. */
export const valueOf = <T>(fact: Fact<T>): T | undefined => (fact.is === 'present' ? fact.value : undefined)
