import { sourcesOf } from '../conditions.ts';
import { declaredKey } from '../declared-key.ts';
import { compileFilePattern } from '../file-pattern.ts';
import type { Problems } from '../problem.ts';
import { Misspelt, RESERVED, readPath, readSource } from '../source.ts';
import { noColumn, whatThereIs } from '../unknown-name.ts';
import type { Declared, DeclaredCondition, DeclaredRecord } from './declared.ts';

type Place = readonly (string | number)[];

/** Where values come from: captures, parameters, columns of the parent; and conditions. */
export function checkSources(declared: Declared, problems: Problems): void {
  for (const record of declared.records) {
    checkCaptures(record, problems);
    checkFileTime(record, declared, problems);
    const sources = new SourceCheck(record, declared, problems);
    for (const { name, full } of record.columns) {
      const own = [...record.at, 'columns', name];
      for (const text of [full.from ?? []].flat()) sources.check(text, [...own, 'from']);
      if (full.derive?.startsWith('$parent.') && record.parent === undefined)
        problems.add([...own, 'derive'], NO_PARENT);
    }
    for (const condition of record.conditions) sources.condition(condition);
  }
}

const NO_PARENT = 'only a child has a parent: this is a dataset';

class SourceCheck {
  private readonly record: DeclaredRecord;
  private readonly captures: readonly string[];
  private readonly above: readonly string[];
  private readonly problems: Problems;

  constructor(record: DeclaredRecord, { made }: Declared, problems: Problems) {
    this.record = record;
    this.captures = lineOf(record).flatMap(capturesOf);
    this.above = Object.keys(made.get(record.parent?.table ?? '')?.columns ?? {});
    this.problems = problems;
  }

  check(text: string, at: Place): void {
    const { dataset, parent } = this.record;
    const source = readSource(text);
    if (source instanceof Misspelt) return;
    if (source.of === 'capture' && !this.captures.includes(source.name)) {
      const known = [...RESERVED, ...this.captures];
      this.problems.add(at, `nothing captures <${source.name}>${whatThereIs(source.name, known)}`);
    } else if (source.of === 'option') {
      const known = Object.keys(dataset.parameters ?? {});
      if (!known.includes(source.name))
        this.problems.add(
          at,
          `no parameter is called ${source.name}${whatThereIs(source.name, known)}: write \`parameters:\``,
        );
    } else if (source.of === 'parent') {
      if (parent === undefined) this.problems.add(at, NO_PARENT);
      else if (!this.above.includes(source.column))
        this.problems.add(at, noColumn(parent.table, source.column, this.above));
    }
  }

  condition({ condition, place, of }: DeclaredCondition): void {
    const { hint, ...asked } = condition;
    if (Object.keys(asked).length === 0)
      this.problems.add(place, 'a condition without anything holds for every record');
    if (hint !== undefined && of !== 'check')
      this.problems.add([...place, 'hint'], 'only a check has a hint: leave it out');
    else if (hint !== undefined && typeof hint !== 'string') this.problems.add([...place, 'hint'], 'a hint is a text');
    for (const source of sourcesOf(asked)) {
      this.check(source, place);
      if (source === FILE_TIME)
        this.problems.add(place, 'a copy of a file has another time: no condition can ask for it');
    }
  }
}

const FILE_TIME = '$file.mtime';

/** It is never compared, so that no row is known by it, nor by what derives from it. */
function checkFileTime(
  { at, table, columns, declaration }: DeclaredRecord,
  { made }: Declared,
  problems: Problems,
): void {
  const key = declaredKey(declaration) ?? [];
  for (const { name, full, type } of columns) {
    const sources = [full.from ?? []].flat();
    const add = (message: string): void => problems.add([...at, 'columns', name, 'from'], message);
    const isTaken = sources.includes(FILE_TIME);
    if (isTaken && type && type.column.type !== 'timestamp')
      add(`the time of a file is a timestamp, and the column is ${type.column.type}`);
    if (isTaken && sources.at(-1) !== FILE_TIME) add('a file always has a time: write $file.mtime last');
    const isPartOfKey = key.includes(name) || full.unique || columns.some((each) => each.full.uuid5?.includes(name));
    if (made.get(table)?.columns[name]?.keepsWhenNull && isPartOfKey)
      add('a copy of a file has another time: no row can be known by it');
  }
}

/** The record and those around it, the outermost first. */
function lineOf(record: DeclaredRecord): readonly DeclaredRecord[] {
  return record.parent === undefined ? [record] : [...lineOf(record.parent), record];
}

/** Of each pattern and path the names that it captures. */
function captureGroups({
  declaration,
}: DeclaredRecord): readonly (readonly [key: 'files' | 'records', names: readonly string[]])[] {
  const files = 'files' in declaration ? [declaration.files ?? []].flat() : [];
  const records = [declaration.records ?? []].flat();
  return [
    ...files.map((text) => ['files', namesIn(compileFilePattern(text))] as const),
    ...records.map((text) => ['records', namesIn(readPath(text))] as const),
  ];
}

function namesIn(read: Misspelt | { readonly captures: readonly string[] }): readonly string[] {
  return read instanceof Misspelt ? [] : read.captures;
}

function capturesOf(record: DeclaredRecord): readonly string[] {
  return captureGroups(record).flatMap(([, names]) => names);
}

/** Each is there once on the way to a value, and is no word of the language. */
function checkCaptures(record: DeclaredRecord, problems: Problems): void {
  const { at, declaration, parent } = record;
  const around = parent === undefined ? [] : lineOf(parent).flatMap(capturesOf);
  const groups = captureGroups(record);
  const ofFiles = groups.flatMap(([key, names]) => (key === 'files' ? names : []));
  for (const [key, names] of groups) {
    for (const [index, name] of names.entries()) {
      const isTwice =
        around.includes(name) || names.indexOf(name) < index || (key === 'records' && ofFiles.includes(name));
      if (isTwice) problems.add([...at, key], `<${name}> is captured twice: give one of them another name`);
      if (RESERVED.includes(name as 'value'))
        problems.add([...at, key], `$${name} is something else: call <${name}> otherwise`);
    }
  }
  const texts = [
    ['files', 'files' in declaration ? declaration.files : undefined] as const,
    ['records', declaration.records] as const,
  ];
  for (const [key, given] of texts) {
    for (const text of [given ?? []].flat()) {
      const odd = /<([^<>/]*[^<>/\w][^<>/]*|)>/.exec(text)?.[0];
      if (odd !== undefined) problems.add([...at, key], `${odd} is no name: letters, digits and _ make one`);
    }
  }
}
