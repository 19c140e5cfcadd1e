/** `table(column, column)` in its parts; undefined for anything else. */
export function readTarget(to: string): { readonly table: string; readonly columns: readonly string[] } | undefined {
  const [, table, names] = /^([^()]+)\(([^()]+)\)$/.exec(to) ?? [];
  if (table === undefined || names === undefined) return undefined;
  return { table: table.trim(), columns: names.split(',').map((name) => name.trim()) };
}
