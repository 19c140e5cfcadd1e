import { EXIT, MigrateError } from '../../errors.ts';
import { exportDatabase } from '../../export/export.ts';
import type { Action } from '../action.ts';
import { loadConfiguration } from '../configuration.ts';
import { counted, formatCount, table } from '../format.ts';
import { boundMemory } from '../memory.ts';
import { stopOnSignals } from '../signals.ts';
import { printable, printWarning, writeResult, writeText } from '../terminal.ts';

const command: Action = async ([directory], flags) => {
  boundMemory();
  const { options, environment } = await loadConfiguration(flags);
  const from = options.from ?? options.to;
  if (directory === undefined || from === undefined) {
    throw new MigrateError('usage', 'export needs the database that it shall write as files', {
      hint: 'Name it with --from URL or in DATABASE_URL.',
    });
  }
  const { signal, release } = stopOnSignals();
  try {
    const result = await exportDatabase({ ...options, from, directory }, { environment, signal });
    if (result.left_out.length > 0) {
      const columns = result.left_out.join(', ');
      printWarning(
        `not in the export, because no dataset knows the column or its files have no room for it: ${columns}`,
        options,
      );
    }
    for (const [column, values] of Object.entries(result.not_of_type)) {
      const what = `${counted(values, 'value')} of ${column}`;
      printWarning(`${what} not of the declared type: in the export as text, which a load rejects`, options);
    }
    for (const [column, values] of Object.entries(result.secrets)) {
      const what = `${formatCount(values)} ${values === 1 ? 'value' : 'values'} of ${column}`;
      printWarning(
        `not in the export: ${what}, of which the database has hashes or stars only. A load of the export over this database takes them away`,
        options,
      );
    }
    for (const [dataset, records] of Object.entries(result.not_known_again)) {
      const what = `${counted(records, 'record')} of ${dataset}`;
      printWarning(
        `${what} cannot say which row they are of: do not load this export into the same database, where they would be there twice`,
        options,
      );
    }
    for (const [dataset, records] of Object.entries(result.without_document)) {
      const what = `${counted(records, 'record')} of ${dataset}`;
      printWarning(
        `not in the export: what ${what} had of the document around them, because their files hold several documents' records. Declare a capture in \`files\` that a column holds, or export as JSON Lines`,
        options,
      );
    }
    if (options.json) await writeResult([`${JSON.stringify(result, null, 2)}\n`]);
    else {
      const rows = Object.entries(result.datasets).map(([name, records]) => [name, formatCount(records)]);
      const files = counted(result.files, 'file');
      await writeText([
        rows.length === 0
          ? 'the database holds no records\n'
          : `${table([['dataset', 'records'], ...rows]).join('\n')}\n\n`,
        `${files} in ${printable(directory)}\n`,
      ]);
    }
    const { left_out, not_of_type, without_document } = result;
    const isWhole = [left_out, Object.keys(not_of_type), Object.keys(without_document)].every(
      (some) => some.length === 0,
    );
    return isWhole ? EXIT.complete : EXIT.rejected;
  } finally {
    release();
  }
};

export default command;
