import type { ChalkInstance } from 'chalk';
import { fittedCommand, wrap } from './format.ts';
import { PROGRAM, programIn } from './repeated-call.ts';
import { printable } from './terminal.ts';

/** What to do next, and the command to type for it where there is one. It works as it stands. */
export interface NextStep {
  readonly why: string;
  readonly command?: string;
}

export function* nextLines(steps: readonly NextStep[], paint: ChalkInstance): Generator<string> {
  if (steps.length === 0) return;
  yield `\n${paint.bold('Next')}\n`;
  for (const { why, command } of steps) {
    yield `${wrap(`${printable(why)}${command === undefined ? '' : ':'}`, '  ')}\n`;
    if (command === undefined) continue;
    const here = programIn(process.env) + command.slice(PROGRAM.length);
    yield `${paint.cyan(fittedCommand(printable(here)))}\n`;
  }
}
