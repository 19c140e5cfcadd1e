import { type CheckResult, diagnose } from '../../doctor/doctor.ts';
import { DEFAULT_TARGET } from '../../settings/target.ts';
import type { Action } from '../action.ts';
import { loadConfiguration } from '../configuration.ts';
import { hang, listWidth, table, wrap } from '../format.ts';
import { withCommands } from '../named-commands.ts';
import { paintFor, printable, writeResult } from '../terminal.ts';

const command: Action = async ([given], flags) => {
  const {
    options,
    root: configured,
    toOrigin,
    environment,
  } = await loadConfiguration(flags, { reads: { root: given } });
  const root = given ?? configured;
  const settings = Object.freeze({ ...options, root, toOrigin, to: options.to ?? DEFAULT_TARGET });
  const { checks, exitCode } = await diagnose(settings, environment);
  await writeResult(options.json ? [asJson(checks)] : asText(checks, options.color));
  return exitCode;
};

function asJson(checks: readonly CheckResult[]): string {
  const listed = checks.map(({ name, status, message, hint }) => ({ name, status, message, hint: hint ?? null }));
  return `${JSON.stringify(listed, null, 2)}\n`;
}

function* asText(checks: readonly CheckResult[], color: boolean): Generator<string> {
  const paint = paintFor(process.stdout, color);
  const painted = { ok: paint.green, warning: paint.yellow, problem: paint.red };
  const lines = table(
    checks.map(({ name, status }) => [status, name, '']),
    [1, 2],
  );
  const width = Math.max(...lines.map((line) => line.length)) + 2;
  for (const [index, { status, message, hint }] of checks.entries()) {
    const start = (lines[index] ?? '').padEnd(width).replace(status, painted[status](status));
    yield `${start}${hang(printable(withCommands(message)), width, listWidth())}\n`;
    if (hint !== undefined) yield `${wrap(printable(withCommands(hint)), ' '.repeat(9), listWidth())}\n`;
  }
}

export default command;
