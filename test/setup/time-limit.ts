/**
 * Lets a property hold without a look once so much time has passed, in ms. fast-check's own limits go away from what is
 * still running, which then meets the test that follows.
 */
export function within<T extends unknown[]>(
  limit: number,
  property: (...values: T) => Promise<void>,
): (...values: T) => Promise<void> {
  let end: number | undefined;
  return async (...values) => {
    end ??= Date.now() + limit;
    if (Date.now() < end) await property(...values);
  };
}
