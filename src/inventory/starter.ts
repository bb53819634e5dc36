import text from './starter.yml?text'

/** A short, commented inventory to start from. It is complete but for its archives. */
export const starterInventory = (): string => text
