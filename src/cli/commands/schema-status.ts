import { type StatusResult, schemaStatus } from '../../upgrade/check.ts';
import { asJson } from '../differences.ts';
import { fittedTable, formatCount } from '../format.ts';
import { schemaCommand } from '../schema-command.ts';
import { printable, writeResult, writeText } from '../terminal.ts';

function* asText({ schema_version, current_version, tables, steps, copies }: StatusResult): Generator<string> {
  const version = schema_version === null ? 'none is recorded' : String(schema_version);
  yield `schema version: ${version} (this program: ${current_version})\n\n`;
  yield `${fittedTable([['table', 'state'], ...tables.map((each) => [each.table, each.state])], [1])}\n`;
  for (const { name, applied_at } of steps) yield `\n${name}: ${applied_at.slice(0, 19)} UTC`;
  if (steps.length > 0) yield '\n';
  if (copies.length === 0) return;
  const rows = copies.map((each) => [
    printable(each.copy),
    each.rows === null ? 'not recorded' : formatCount(each.rows),
  ]);
  yield `\n${fittedTable([['copy', 'rows'], ...rows])}\n`;
}

export default schemaCommand('reads', async (changes, options) => {
  const status = await schemaStatus(changes, options.registry.chosenTables(options.only));
  await (options.json ? writeResult([asJson(status)]) : writeText(asText(status)));
  return 0;
});
