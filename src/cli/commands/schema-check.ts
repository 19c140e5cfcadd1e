import { EXIT } from '../../errors.ts';
import type { Difference } from '../../schema/comparison/differences.ts';
import { checkSchema } from '../../upgrade/check.ts';
import { asJson, differenceTable } from '../differences.ts';
import { type NextStep, nextLines } from '../next-lines.ts';
import { following } from '../repeated-call.ts';
import { schemaCommand } from '../schema-command.ts';
import { paintFor, writeResult, writeText } from '../terminal.ts';

const UPGRADED: readonly Difference['remedy'][] = ['advised', 'upgrade'];

/** The command by which `schema upgrade` removes differences of these. */
function next(differences: readonly Difference[]): readonly NextStep[] {
  if (!differences.some(({ remedy }) => UPGRADED.includes(remedy))) return [];
  const trial = following(process.argv.slice(2), 'schema upgrade', '--dry-run');
  return [{ why: 'see what schema upgrade would change', command: trial }];
}

export default schemaCommand('reads', async (changes, options) => {
  const result = await checkSchema(changes, options.registry.chosenTables(options.only));
  const verdict = result.ok ? 'a run can load into these tables\n' : 'a run cannot load into these tables\n';
  const listed = result.differences.length === 0 ? [] : [differenceTable(result.differences), '\n'];
  await (options.json
    ? writeResult([asJson(result)])
    : writeText([...listed, verdict, ...nextLines(next(result.differences), paintFor(process.stdout, options.color))]));
  return result.ok ? EXIT.complete : EXIT.refused;
});
