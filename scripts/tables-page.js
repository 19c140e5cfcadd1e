// The text of docs/tables.md: how the declared tables refer to each other, as a diagram that GitHub and GitLab draw.
import { code, importSource, table } from './reference-parts.js';

export async function tablesPage() {
  const { foreignKeysOf } = await importSource('schema/table.ts');
  const { LEDGER_LIST } = await importSource('schema/ledger-tables.ts');
  const { builtInRegistry } = await importSource('recipes/registry.ts');
  const { datasets, tables: declared } = builtInRegistry();
  const feeders = ({ name }) =>
    datasets.filter(({ tables }) => tables.some((each) => each.name === name)).map((dataset) => code(dataset.name));
  const rows = declared.list.map((each) => [
    code(each.name),
    each.naturalKey.map(code).join(', '),
    feeders(each).join(', '),
  ]);
  return `# Tables

Generated from the declarations by \`npm run docs\`: change the code, not this page. The diagram has the columns that are keys;
all others, with their types on both databases, are in [reference.md](reference.md#tables).

\`\`\`mermaid
${entityDiagram(declared.list, foreignKeysOf)}
\`\`\`

\`PK\` is the primary key, \`UK\` belongs to a key by which a load finds the row again or that is unique otherwise, \`FK\` refers to
the table at the other end of the line. A circle at that end: the column may be NULL. A \`user_id\` without a line names a user as
well, but no foreign key.

${table(['table', 'what makes two rows the same row', 'loaded by'], rows)}

The bookkeeping tables (${LEDGER_LIST.map(({ name }) => code(name)).join(', ')}) are apart, in
[a place of their own](schema.md#where-the-ledger-is): no foreign key leads to or from them.
`;
}

/** https://mermaid.js.org/syntax/entityRelationshipDiagram.html */
function entityDiagram(tables, foreignKeysOf) {
  const relations = tables.flatMap((each) => foreignKeysOf(each).map((key) => relation(each, key)));
  return ['erDiagram', ...tables.flatMap(entity), ...relations].join('\n');
}

function entity(declared) {
  const isForeign = (name) => (declared.foreignKeys ?? []).some(({ columns }) => columns.includes(name));
  const keys = Object.entries(declared.columns).flatMap(([name, { type, references }]) => {
    const isKey = references !== undefined || isForeign(name);
    const marks = [declared.primaryKey.includes(name) && 'PK', isKey && 'FK', isUnique(declared, name) && 'UK'];
    const shown = marks.filter(Boolean).join(', ');
    return shown === '' ? [] : [`    ${type} ${name} ${shown}`];
  });
  return [`  ${declared.name} {`, ...keys, '  }'];
}

function isUnique({ primaryKey, naturalKey, unique = [] }, name) {
  const natural = String(naturalKey) === String(primaryKey) ? [] : [naturalKey];
  return [...natural, ...unique].flat().includes(name);
}

/** A line to each table that is referred to: at most one of its rows, or exactly one, and any number here. */
function relation(declared, { columns, table: target, onDelete }) {
  const isThere = columns.every((name) => declared.columns[name].notNull);
  const line = `${target} ${isThere ? '||' : '|o'}--o{ ${declared.name}`;
  return `  ${line} : "${columns.join(', ')}${onDelete ? `, on delete ${onDelete}` : ''}"`;
}
