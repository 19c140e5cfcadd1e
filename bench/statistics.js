const COVERAGE = 0.93;

function median(values) {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * The median and the interval that holds the true median in at least 93 of 100 cases, whatever the distribution: between
 * the k-th smallest and the k-th largest value. With five values that is the smallest and the largest. Fewer than five
 * have no interval.
 */
export function summary(values) {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return undefined;
  const sorted = known.toSorted((left, right) => left - right);
  const trimmed = trimmedOf(sorted.length);
  if (trimmed === undefined) return { median: median(sorted) };
  return { median: median(sorted), low: sorted[trimmed], high: sorted.at(-1 - trimmed) };
}

/** How many values at each end lie outside of the interval. */
function trimmedOf(count) {
  let trimmed;
  let outside = 0;
  let ways = 1;
  for (let index = 0; index < count / 2; index += 1) {
    outside += 2 * ways * 0.5 ** count;
    if (1 - outside < COVERAGE) break;
    trimmed = index;
    ways = (ways * (count - index)) / (index + 1);
  }
  return trimmed;
}

/** Each run against the run of the reference next to it, so that what slows the machine for a while slows both. */
export function pairedRatios(runs, references, perUnit = 1) {
  return runs.slice(0, references.length).map((run, index) => (run.wall / references[index].wall) * perUnit);
}

export function pairedDifferences(runs, references) {
  return runs.slice(0, references.length).map((run, index) => run.wall - references[index].wall);
}
