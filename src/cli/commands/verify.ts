import { verify } from '../../run/verify.ts';
import type { Action } from '../action.ts';
import { loadConfiguration } from '../configuration.ts';
import { boundMemory } from '../memory.ts';
import { Progress } from '../progress.ts';
import { typedWords } from '../repeated-call.ts';
import { stopOnSignals } from '../signals.ts';
import { paintFor, writeResult, writeText } from '../terminal.ts';
import { verification } from '../verification.ts';

const verifyFiles: Action = async ([given], flags) => {
  boundMemory();
  const configuration = await loadConfiguration(flags, {
    reads: { root: typeof flags['sources'] === 'string' ? flags['sources'] : given },
  });
  const { options, root: configured, toOrigin, environment } = configuration;
  const root = given ?? configured;
  const progress = await Progress.begin(options, 'verify');
  const { signal, release } = stopOnSignals(progress.tell);
  try {
    const settings = Object.freeze({ ...options, root, toOrigin });
    const result = await verify(settings, { listener: progress.listener, signal, environment });
    progress.stop();
    const paint = paintFor(process.stdout, options.color);
    await (options.json
      ? writeResult([`${JSON.stringify(result, null, 2)}\n`])
      : writeText(verification(result, { root, options, typed: typedWords(configuration) }, paint)));
    return result.exit_code;
  } finally {
    progress.stop();
    release();
  }
};

export default verifyFiles;
