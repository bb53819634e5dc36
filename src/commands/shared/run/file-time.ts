/** `20260131T093000Z`: a time as the names of files have it. */
export const fileTime = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
