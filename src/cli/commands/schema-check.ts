import { EXIT } from '../../errors.ts';
import { checkSchema } from '../../upgrade/check.ts';
import { asJson, differenceTable } from '../differences.ts';
import { schemaCommand } from '../schema-command.ts';
import { writeResult, writeText } from '../terminal.ts';

export default schemaCommand('reads', async (changes, options) => {
  const result = await checkSchema(changes, options.registry.chosenTables(options.only));
  const verdict = result.ok ? 'a run can load into these tables\n' : 'a run cannot load into these tables\n';
  const listed = result.differences.length === 0 ? [] : [differenceTable(result.differences), '\n'];
  await (options.json ? writeResult([asJson(result)]) : writeText([...listed, verdict]));
  return result.ok ? EXIT.complete : EXIT.refused;
});
