import { type CheckResult, diagnose } from '../../doctor/doctor.ts';
import { DEFAULT_TARGET } from '../../preconditions.ts';
import type { Action } from '../action.ts';
import { loadConfiguration } from '../configuration.ts';
import { table } from '../format.ts';
import { paintFor, plain, writeResult } from '../terminal.ts';

const command: Action = async ([root = './data'], flags) => {
  const { options, toOrigin, environment } = await loadConfiguration(flags);
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
    checks.map(({ name, status, message }) => [status, name, plain(message)]),
    [1, 2],
  );
  for (const [index, { status, hint }] of checks.entries()) {
    yield `${lines[index]?.replace(status, painted[status](status))}\n`;
    if (hint !== undefined) yield `         ${plain(hint)}\n`;
  }
}

export default command;
