import type { Table } from '../../schema/table.ts';
import { waysOf } from '../build-finds.ts';
import { OLD_ID } from '../finds.ts';
import { targetOf } from '../named.ts';
import type { Problems } from '../problem.ts';
import { Misspelt, readSource } from '../source.ts';
import { noColumn } from '../unknown-name.ts';
import type { Declared } from './declared.ts';

/** Rows that members of the rest name: whether there are such members, and columns by which rows are found. */
export function checkFinds({ records, made }: Declared, problems: Problems): void {
  for (const { at, parent, declaration, columns } of records) {
    for (const { name, full } of columns) {
      if (full.found_by === undefined) continue;
      const add = (message: string): void => problems.add([...at, 'columns', name, 'found_by'], message);
      const { rest } = declaration;
      if (parent !== undefined) add('the element of a child names rows by `from:` and `by:`');
      if (rest === 'reject' || (typeof rest === 'object' && 'ignore' in rest))
        add('the rest keeps what names the row: write `rest:` with a column');
      if (full.from !== undefined) add('this is in place of `from:`: leave one out');
      const target = made.get(targetOf(full.references ?? '').table);
      for (const [column, given] of waysOf(full)
        .flat()
        .flatMap((way) => Object.entries(way))) {
        if (target) checkColumn(column, target, made, add);
        for (const text of [given].flat()) {
          const source = readSource(text);
          if (source instanceof Misspelt) add(source.problem);
          else if (source.of !== 'record' && source.of !== 'option')
            add(`${text} is no member: name members by pointer, or a parameter`);
        }
      }
    }
  }
}

function checkColumn(
  column: string,
  target: Table,
  made: ReadonlyMap<string, Table>,
  add: (message: string) => void,
): void {
  if (column === OLD_ID) {
    if (!target.findableBySourceId)
      add(`rows of ${target.name} are not known by the id that they had: write \`found_by_id: true\` for it`);
    return;
  }
  const [own = '', inner] = column.split('.');
  const further = made.get(target.columns[own]?.references?.table ?? '');
  if (target.columns[own] === undefined) add(noColumn(target.name, own, Object.keys(target.columns)));
  else if (inner !== undefined && further?.columns[inner] === undefined)
    add(`${target.name}.${own} leads to no column ${inner}`);
}
