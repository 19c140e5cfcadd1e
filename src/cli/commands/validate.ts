import { validate } from '../../migrate.ts';
import type { Action } from '../action.ts';
import { loadConfiguration } from '../configuration.ts';
import { deliver, prepareReports } from '../deliver.ts';
import { boundMemory } from '../memory.ts';
import { Progress } from '../progress.ts';
import { stopOnSignals } from '../signals.ts';

const check: Action = async ([root = './data'], flags) => {
  boundMemory();
  const { options, toOrigin } = await loadConfiguration(flags);
  await prepareReports(options);
  const progress = new Progress(options);
  const { signal, release } = stopOnSignals();
  try {
    const report = await validate(Object.freeze({ ...options, root, toOrigin }), {
      listener: progress.listener,
      signal,
    });
    progress.stop();
    return await deliver(report, options);
  } finally {
    progress.stop();
    release();
  }
};

export default check;
