// The tables of the references, taken from the program, so that keys and indexes are the same.
import { execFileSync } from 'node:child_process';
import { METRIC_COLUMNS } from './metrics.js';

export function printedSchema(program, database) {
  return execFileSync(process.execPath, [program, 'schema', 'print', '--database', database], { encoding: 'utf8' });
}

/**
 * The table of metrics in SQLite with its keys and indexes, without the columns that hold nothing here: `.import` cannot
 * write NULL. The reference has a little less to do than migrate-json.
 */
export function importableMetrics(ddl) {
  const statements = ddl.split(/(?<=;)\n/);
  const table = statements.find((statement) => statement.startsWith('CREATE TABLE "metrics"'));
  const kept = ['id', ...METRIC_COLUMNS];
  const lines = table.split('\n').filter((line) => {
    const column = line.match(/^ {2}"(\w+)"/);
    return column === null || kept.includes(column[1]);
  });
  const indexes = statements.filter((statement) => / ON "metrics" \((?!CAST)/.test(statement));
  return [lines.join('\n'), ...indexes].join('\n');
}
