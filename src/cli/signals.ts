import { EXIT } from '../errors.ts';
import { fitted } from './terminal.ts';

/** The first signal asks to stop after the batch at hand, the second one stops at once. */
export function stopOnSignals(tell = writeLine): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(name === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted);
    tell(`${name}: finishing the batch at hand; once more stops at once`);
    controller.abort(name);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return { signal: controller.signal, release: () => process.off('SIGINT', onSignal).off('SIGTERM', onSignal) };
}

function writeLine(text: string): void {
  process.stderr.write(`${fitted(text)}\n`);
}
