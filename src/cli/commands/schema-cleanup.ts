import { EXIT } from '../../errors.ts';
import { cleanUpSchema } from '../../upgrade/rollback.ts';
import { asJson } from '../differences.ts';
import { schemaCommand } from '../schema-command.ts';
import { writeResult, writeText } from '../terminal.ts';

export default schemaCommand('changes', async (changes, options) => {
  const result = await cleanUpSchema(changes, options);
  const text = result.dropped.length === 0 ? 'there are no copies\n' : `dropped ${result.dropped.join(', ')}\n`;
  await (options.json ? writeResult([asJson(result)]) : writeText([text]));
  return EXIT.complete;
});
