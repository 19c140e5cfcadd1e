import { createSnapshot } from '../../copies/snapshot.ts';
import { EXIT, MigrateError } from '../../errors.ts';
import { DEFAULT_TARGET } from '../../settings/target.ts';
import { type UpgradeResult, upgradeSchema } from '../../upgrade/upgrade.ts';
import { confirmed } from '../confirmation.ts';
import { asJson, differenceTable } from '../differences.ts';
import { fittedTable, formatCount } from '../format.ts';
import { withCommands } from '../named-commands.ts';
import { schemaCommand } from '../schema-command.ts';
import { printable, writeResult, writeText } from '../terminal.ts';

function* asText(result: UpgradeResult): Generator<string> {
  const { dry_run, created, changes, mended, copies, obstacles, snapshot } = result;
  if (obstacles.length > 0) return yield differenceTable(obstacles);
  if (created.length + changes.length + mended.length === 0) return yield 'every table is there already\n';
  const would = dry_run ? 'would have ' : '';
  if (changes.length > 0) yield `${would}changed ${changes.map(({ table }) => printable(table)).join(', ')}\n`;
  for (const { table, what } of changes) yield `  ${printable(table)}: ${printable(what)}\n`;
  if (mended.length > 0) yield `${would}let JSON columns be NULL in ${mended.join(', ')}\n`;
  if (created.length > 0) yield `${would}created ${created.join(', ')}\n`;
  if (snapshot !== null) yield `the database as it was is in ${printable(snapshot)}\n`;
  if (copies.length === 0) return;
  const rows = copies.map((each) => [printable(each.table), printable(each.copy), formatCount(each.rows)]);
  yield `\n${fittedTable([['table', 'copy of what it was', 'rows'], ...rows], [1])}\n`;
  yield withCommands(
    '\nThe copies hold the rows as they were, plain API keys included, until `migrate-json schema cleanup` drops them.\n',
  );
}

export default schemaCommand('creates', async (changes, options, environment) => {
  const { dryRun } = options;
  const to = options.to ?? DEFAULT_TARGET;
  const snapshot = async (): Promise<string> => (await createSnapshot({ ...options, to }, { environment })).directory;
  const tables = options.registry.chosenTables(options.only);
  const result = await upgradeSchema(changes, {
    dryRun,
    tables,
    confirm: (what) => confirmed(what, options),
    ...(options.snapshot && { snapshot }),
  });
  await (options.json ? writeResult([asJson(result)]) : writeText(asText(result)));
  const count = result.obstacles.length;
  if (count === 0) return EXIT.complete;
  throw new MigrateError(
    'not-adoptable',
    `${count === 1 ? '1 difference stands' : `${count} differences stand`} in the way`,
  );
});
