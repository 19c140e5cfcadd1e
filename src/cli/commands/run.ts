import { migrate } from '../../migrate.ts';
import type { Action } from '../action.ts';
import { loadConfiguration } from '../configuration.ts';
import { deliver, prepareReports } from '../deliver.ts';
import { boundMemory } from '../memory.ts';
import { Progress } from '../progress.ts';
import { stopOnSignals } from '../signals.ts';

const run: Action = async ([root = './data'], flags) => {
  boundMemory();
  const { options, toOrigin, environment } = await loadConfiguration(flags);
  await prepareReports(options);
  const progress = new Progress(options);
  const { signal, release } = stopOnSignals();
  try {
    const settings = Object.freeze({ ...options, root, toOrigin });
    const report = await migrate(settings, { listener: progress.listener, signal, environment });
    progress.stop();
    return await deliver(report, options);
  } finally {
    progress.stop();
    release();
  }
};

export default run;
