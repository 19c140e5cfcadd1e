/** Where a table is, or is to be. */
export interface TablePlace {
  readonly schema: string;
  readonly name: string;
}

/** Of the name of a declared table: one of another schema has it before a point, `billing.invoices`. */
export function schemaIn(table: string): string | undefined {
  const point = table.indexOf('.');
  return point === -1 ? undefined : table.slice(0, point);
}

/** The same without its schema. */
export function bareName(table: string): string {
  return table.slice(table.indexOf('.') + 1);
}

export function placeIn(schema: string, table: string): TablePlace {
  return { schema: schemaIn(table) ?? schema, name: bareName(table) };
}

/** What a table is called where this is the schema of those without a point. */
export function nameIn(schema: string, place: TablePlace): string {
  return place.schema === schema ? place.name : `${place.schema}.${place.name}`;
}

/** The schemas of tables, each once. */
export function schemasOf(schema: string, tables: readonly { readonly name: string }[]): readonly string[] {
  return [...new Set([schema, ...tables.map(({ name }) => schemaIn(name) ?? schema)])];
}
