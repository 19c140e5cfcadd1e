import { describe, test } from 'vitest';
import { FailingRuns, type Failpoint } from '../setup/failing-runs.ts';
import { PRODUCTS } from '../setup/targets.ts';

/** What makes something durable, or gives it its name. */
const DECISIVE = /^(?:commit|sync|datasync|rename|link|unlink|rm|writeFile .*manifest)/;

/** Every call of a run fails once and kills it once; the decisive ones fail in all ways. */
function failpointsOf({ calls }: FailingRuns): readonly Failpoint[] {
  return calls.flatMap((call, index) => {
    const ways = DECISIVE.test(call) ? ['SIGKILL', 'EIO', 'ENOSPC', 'EACCES'] : ['SIGKILL', 'EIO'];
    return ways.map((how) => ({ at: index + 1, how }));
  });
}

describe.each(PRODUCTS)('into %s', { concurrent: true }, (product) => {
  test('whatever call fails, no file and no row is lost, and the next run ends like a clean one', async ({
    expect,
  }) => {
    const runs = await FailingRuns.begin(product);
    const failpoints = failpointsOf(runs);
    expect(failpoints.length).toBeGreaterThan(700);
    const wrong: unknown[] = [];
    for (const failpoint of failpoints) {
      const found = await runs.failing(failpoint);
      if (found.wrong.length > 0) wrong.push({ ...failpoint, ...found });
    }
    expect(wrong).toEqual([]);
  });
});
