/** How many folders of former data stay on a host, of those that a repair or a restore set aside. */
export const asidesKept = 3
