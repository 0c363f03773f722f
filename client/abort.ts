/**
 * Waiting that an abort ends at once, whatever is waited for.
 */

/** What comes of a promise; rejects with the signal's reason as soon as it is aborted, and leaves no listener there. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) {
    return promise;
  }
  let stop!: () => void;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => {
      reject(signal.reason as Error);
    };
  });
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) {
    stop();
  }
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The items of a source; rejects with the signal's reason as soon as it is aborted, also while the source has nothing to give. */
export async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const items = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      signal.throwIfAborted();
      const item = await orAborted(items.next(), signal);
      if (item.done === true) {
        return;
      }
      yield item.value;
    }
  } finally {
    const ended = items.return?.();
    if (signal.aborted) {
      // A source that is still waited for ends with its next item, which may never come.
      ended?.catch(() => undefined);
    } else {
      await ended;
    }
  }
}
