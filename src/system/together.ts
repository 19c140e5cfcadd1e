type Work<T> = (throwIfOver: () => void) => Promise<T>;

/**
 * Two works beside each other. Where one fails, the other one ends when it next asks whether it is over, and the first failure
 * is thrown when both have ended.
 */
export async function together<A, B>(
  throwIfStopped: () => void,
  one: Work<A>,
  other: Work<B>,
): Promise<readonly [A, B]> {
  const failures: unknown[] = [];
  const begin = <T>(work: Work<T>): Promise<T> =>
    work(() => {
      throwIfStopped();
      if (failures.length > 0) throw failures[0];
    }).catch((error) => {
      failures.push(error);
      throw error;
    });
  const [first, second] = await Promise.allSettled([begin(one), begin(other)]);
  if (first.status === 'rejected' || second.status === 'rejected') throw failures[0];
  return [first.value, second.value];
}
