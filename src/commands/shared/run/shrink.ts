import type { Run } from './run.ts'

export interface ShrinkOptions {
  readonly allowShrink?: boolean
}

/** That a tree may lose more than half of its znodes is said by --allow-shrink, or --yes; else it is asked (askToShrink). No I/O. */
export const mayShrink = ({ options }: Pick<Run<ShrinkOptions>, 'options'>): boolean =>
  options.allowShrink === true || options.yes
