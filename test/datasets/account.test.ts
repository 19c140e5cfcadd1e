import { expect, test } from 'vitest';
import { validate } from '../../src/run/migrate.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { scan } from '../../src/run/scan.ts';
import { fixtureCases } from '../setup/fixtures.ts';

/** What is left of `council_deliberation` without its messages is one member of `extra`, however many it has. */
const COARSE = ['conversations/council-deliberation'];

/** Cases without a reject: of a rejected record nothing is accounted for, though its members were seen. */
const WHOLE = fixtureCases().filter(({ name, expected }) => expected.rejects.length === 0 && !COARSE.includes(name));

test.each(WHOLE)(
  '$name: every member that was seen is in a column, in extra, or dropped by a rule',
  async (fixture) => {
    const settings = runSettings({ root: fixture.input, ...fixture.expected.options, fields: true, allowEmpty: true });
    const report = await validate(settings);
    const { account } = report.head;
    report.close();
    const seen: Record<string, number> = {};
    for (const { dataset, types } of (await scan(settings)).fields ?? []) {
      const { null: _absent, ...members } = types;
      for (const times of Object.values(members)) seen[dataset] = (seen[dataset] ?? 0) + times;
    }
    const accounted = Object.entries(account).map(([dataset, { columns, extra, dropped }]) => {
      const byRule = Object.entries(dropped).filter(([rule]) => rule !== 'null-member');
      return [dataset, columns + extra + byRule.reduce((sum, [, times]) => sum + times, 0)] as const;
    });
    // More than was seen as a member may be accounted for: a name in a map that fills a column, a setting that is null.
    for (const [dataset, members] of Object.entries(seen)) {
      const found = accounted.find(([name]) => name === dataset)?.[1] ?? 0;
      expect(found, dataset).toBeGreaterThanOrEqual(members);
      expect(found - members, dataset).toBeLessThanOrEqual(report.head.datasets[dataset]?.read ?? 0);
    }
  },
);
