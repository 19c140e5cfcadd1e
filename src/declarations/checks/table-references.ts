import type { Problems } from '../problem.ts';
import { readTarget } from '../reference-target.ts';
import { noColumn, noTable } from '../unknown-name.ts';
import type { Declared } from './declared.ts';

/** References of several columns, which stand with their table. */
export function checkTableReferences({ tables, made }: Declared, problems: Problems): void {
  for (const [name, { references = [] }] of Object.entries(tables)) {
    const own = made.get(name);
    for (const [index, { columns, to }] of references.entries()) {
      const at = ['tables', name, 'references', String(index)];
      for (const column of columns) {
        if (own !== undefined && own.columns[column] === undefined)
          problems.add([...at, 'columns'], noColumn(name, column, Object.keys(own.columns)));
      }
      const target = readTarget(to);
      const there = target && made.get(target.table);
      if (target === undefined) problems.add([...at, 'to'], 'write the table and its columns: "users(id, realm)"');
      else if (there === undefined) problems.add([...at, 'to'], noTable(target.table, made.keys()));
      else if (target.columns.length !== columns.length)
        problems.add(
          [...at, 'to'],
          `${columns.length} columns refer to ${target.columns.length}: write as many on both sides`,
        );
      else {
        const unknown = target.columns.find((column) => there.columns[column] === undefined);
        const keys = [there.primaryKey, there.naturalKey, ...(there.unique ?? [])];
        const isUnique = keys.some(
          (key) => key.length === columns.length && key.every((each) => target.columns.includes(each)),
        );
        if (unknown !== undefined)
          problems.add([...at, 'to'], noColumn(target.table, unknown, Object.keys(there.columns)));
        else if (!isUnique)
          problems.add([...at, 'to'], `${to} may be there twice: make it the key, or write \`unique:\` for that table`);
      }
    }
  }
}
