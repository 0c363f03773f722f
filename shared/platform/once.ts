/**
 * One promise for work that an instance does once, however many callers come together.
 */

/** Memoises `work`; a failure is forgotten, so that the next call tries again. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let promise: Promise<T> | undefined;
  return () => {
    promise ??= work().catch((error: unknown) => {
      promise = undefined;
      throw error;
    });
    return promise;
  };
}
