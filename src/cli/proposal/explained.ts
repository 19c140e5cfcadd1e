import { MigrateError } from '../../errors.ts';
import { explain, explainedNames } from '../../inference/explain.ts';
import type { Inference } from '../../inference/infer.ts';
import { similarName } from '../../system/similar-name.ts';
import { table } from '../format.ts';
import { printable } from '../terminal.ts';

/** The evidence for a table or a column. */
export function explained({ datasets }: Inference, name: string, isJson: boolean): string {
  const evidence = explain(datasets, name);
  if (evidence === undefined) {
    const meant = similarName(name, explainedNames(datasets));
    throw new MigrateError('usage', `there is no table or column ${printable(name)}`, {
      hint:
        meant === undefined
          ? 'Write a table, or a table and its column: orders.user_id.'
          : `Did you mean ${printable(meant)}?`,
    });
  }
  if (isJson) return `${JSON.stringify(Object.fromEntries([['name', name], ...evidence]), null, 2)}\n`;
  const rows = evidence.map(([about, words]) => [`  ${about}`, printable(words)]);
  return `${printable(name)}\n${table(rows, [1]).join('\n')}\n`;
}
