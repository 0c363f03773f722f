/** What a deployed function gives glibc: see terraform/functions.tf, which the rehearsal compares. Memory is measured with it. */
export const MALLOC: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '524288',
  MALLOC_TRIM_THRESHOLD_: '131072',
};
