import { EXIT } from '../../errors.ts';
import { describeChange, rollbackSchema } from '../../upgrade/rollback.ts';
import { confirmed } from '../confirmation.ts';
import { asJson } from '../differences.ts';
import { counted, formatCount, table } from '../format.ts';
import { schemaCommand } from '../schema-command.ts';
import { writeResult, writeText } from '../terminal.ts';

export default schemaCommand('changes', async (changes, options) => {
  const confirm = (tables: readonly string[]): Promise<void> =>
    confirmed(
      `${counted(tables.length, 'table')} ${tables.length === 1 ? 'becomes what it was' : 'become what they were'} before schema upgrade: ${tables.join(', ')}`,
      options,
    );
  const result = await rollbackSchema(changes, { ...options, confirm });
  const { restored, dropped, lost } = result;
  const rows = restored.map((each) => [each.table, formatCount(each.rows)]);
  const lines = [
    `${table([['table as it was', 'rows'], ...rows]).join('\n')}\n`,
    ...(dropped.length > 0 ? [`dropped ${dropped.join(', ')}\n`] : []),
    ...lost.map((change) => `lost: ${describeChange(change)}\n`),
  ];
  await (options.json ? writeResult([asJson(result)]) : writeText(lines));
  return EXIT.complete;
});
