import type { Report } from '../report/report.ts';
import type { MigrateOptions } from '../run/migrate.ts';
import type { RunSettings } from '../settings/settings.ts';
import type { Action } from './action.ts';
import { configLines, loadConfiguration } from './configuration.ts';
import { deliver, prepareReports } from './deliver.ts';
import { boundMemory } from './memory.ts';
import { Progress } from './progress.ts';
import { typedWords } from './repeated-call.ts';
import { stopOnSignals } from './signals.ts';

/** A command whose result is the report of a run: with progress, signals and the reports that were asked for. */
export function reportedRun(
  start: (settings: RunSettings, options: MigrateOptions) => Promise<Report>,
  stage: 'load' | 'check',
): Action {
  return async ([given], flags) => {
    const configuration = await loadConfiguration(flags, { isOfRun: stage === 'load', reads: { root: given } });
    boundMemory();
    const { options, toOrigin, environment } = configuration;
    const root = given ?? configuration.root;
    await prepareReports(options);
    const progress = await Progress.begin(options, stage, stage === 'load' ? configLines(configuration) : []);
    const { signal, release } = stopOnSignals(progress.tell);
    try {
      const settings = Object.freeze({ ...options, root, toOrigin });
      const report = await start(settings, { listener: progress.listener, signal, environment });
      progress.stop();
      return await deliver(
        report,
        {
          root,
          options,
          typed: typedWords(configuration),
          told: progress.told,
        },
        environment,
      );
    } finally {
      progress.stop();
      release();
    }
  };
}
