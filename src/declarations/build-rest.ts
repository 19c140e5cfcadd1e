import type { PathBuilder } from './build-paths.ts';
import { declaredKey } from './declared-key.ts';
import type { DatasetDeclaration, RestDeclaration } from './language.ts';
import type { RestPlan, RowKeyPlan } from './plan.ts';
import type { Problems } from './problem.ts';
import type { Place } from './record-draft.ts';
import type { TableDraft } from './table-draft.ts';

/** What becomes of members that no column takes, and the keys that are made of them. */
export class RestBuilder {
  private readonly spelled: PathBuilder;
  private readonly problems: Problems;

  constructor(spelled: PathBuilder, problems: Problems) {
    this.spelled = spelled;
    this.problems = problems;
  }

  /** What makes the key of rows that have no other. */
  rowKey({ record_key: key, ...declaration }: DatasetDeclaration, at: Place): RowKeyPlan | undefined {
    if (key === undefined) return undefined;
    if (declaredKey(declaration) !== undefined && String(declaration.key) !== key.column)
      this.problems.add([...at, 'record_key'], 'rows have a key already: leave out this, or `key:`');
    if (declaration.children !== undefined)
      this.problems.add([...at, 'record_key'], 'this is the key of a row alone: leave it out, or `children:`');
    return {
      ids: [key.id ?? []].flat().map((text) => this.id(text, [...at, 'record_key', 'id'])),
      tables: key.tables && {
        member: this.restMember(key.tables.from, [...at, 'record_key', 'tables']),
        names: key.tables.names,
      },
      column: key.column,
    };
  }

  /** `/id`, or `request /request_id`. */
  private id(text: string, at: Place): RowKeyPlan['ids'][number] {
    const [, word, pointer = text] = /^(\w+) (\/.*)$/.exec(text) ?? [];
    return { member: this.restMember(pointer, at), word };
  }

  /** A member of the record itself. */
  private restMember(text: string, at: Place): string {
    const [name = '', ...inner] = this.spelled.ignored(text, at);
    if (inner.length > 0) this.problems.add(at, 'name a member of the record itself');
    return name;
  }

  /** Where members without a column go. */
  rest(rest: RestDeclaration | undefined, table: TableDraft, at: Place): RestPlan {
    if (rest === 'reject') return { to: 'reject' };
    if (typeof rest === 'object' && 'ignore' in rest)
      return { to: 'ignore', members: rest.ignore.map((text) => this.spelled.ignored(text, at)) };
    const { to: column, keep = [], spelled } = typeof rest === 'object' ? rest : { to: rest ?? 'extra' };
    if (table.columns.has(column))
      this.problems.add(at, `the column ${column} takes a member: write \`rest:\` with another name`);
    table.rest = column;
    const kept = keep.map((text) => this.restMember(text, at));
    return { to: 'column', column, kept, isByColumn: spelled === 'as_column' };
  }
}
