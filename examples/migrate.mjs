// Loads a directory, shows how far it is, writes the report as a page and verifies what was loaded. Ctrl-C ends it cleanly.
//   node migrate.mjs ./data app.db
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { MigrateError, migrate, reporterFor, runSettings, verify } from '@migrate-json/cli';

const [root = './data', to = 'app.db'] = process.argv.slice(2);
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
const { signal } = stop;

/** @param {import('@migrate-json/cli').RunEvent} event */
function listener(event) {
  if (event.kind === 'progress') console.error(`${event.records} records, ${event.rejected} rejected`);
  if (event.kind === 'file' && event.entry.status === 'failed') console.error(`failed: ${event.entry.path}`);
}

try {
  // Options by their names in config files. What is wrong with them is told in one error.
  const settings = runSettings({ root, to, onConflict: 'keep' });
  const report = await migrate(settings, { listener, signal, environment: process.env });
  for (const file of report.files()) {
    for (const { code, line, message } of file.rejects) console.log(`${file.path}:${line ?? '?'} ${code}: ${message}`);
  }
  await pipeline(reporterFor('.html')?.(report) ?? [], createWriteStream('report.html'));
  report.close();
  // A run that cannot go on is told in its report, with what was committed until then.
  if (report.error) throw report.error;
  const { records_read, records_loaded } = report.head.totals;
  console.log(`${report.head.status}: ${records_loaded} of ${records_read} records are in ${report.head.target}`);

  const { totals } = await verify(settings, { signal });
  console.log(`verified: ${totals.equal} equal, ${totals.different} different, ${totals.missing} missing`);
  process.exitCode = report.head.exit_code;
} catch (error) {
  if (!(error instanceof MigrateError)) throw error;
  console.error(`${error.code}: ${error.message}\n${error.hint}`);
  process.exitCode = error.exitCode;
}
