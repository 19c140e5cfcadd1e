import { openTarget, queryTarget } from './targets.ts';

/** Creates the tables of the program, as a first run would. */
export async function createTables(url: string): Promise<void> {
  const database = await openTarget(url);
  await database.createTables();
  await database.close();
}

/** Adds a named CHECK to a table, as an application may have. SQLite can do so only by making the table anew. */
export async function addCheck(url: string, table: string, name: string, condition: string): Promise<void> {
  await addToDeclaration(url, table, `CONSTRAINT ${name} CHECK (${condition})`);
}

/** Adds a table constraint to an empty table. */
export async function addToDeclaration(url: string, table: string, constraint: string): Promise<void> {
  if (!url.startsWith('sqlite:')) {
    await queryTarget(url, `ALTER TABLE ${table} ADD ${constraint}`);
    return;
  }
  const [stored] = await queryTarget(url, `SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = '${table}'`);
  const sql = String(stored?.['sql']);
  const end = sql.lastIndexOf(')');
  await queryTarget(
    url,
    `ALTER TABLE ${table} RENAME TO former_${table}`,
    `${sql.slice(0, end)}, ${constraint}${sql.slice(end)}`,
    `INSERT INTO ${table} SELECT * FROM former_${table}`,
    `DROP TABLE former_${table}`,
  );
}

/** Adds a trigger that refuses a row; its message quotes the row, as messages of triggers do. */
export async function addRefusingTrigger(url: string, table: string, condition: string): Promise<void> {
  if (url.startsWith('sqlite:')) {
    await queryTarget(
      url,
      `CREATE TRIGGER refuse BEFORE INSERT ON ${table} WHEN ${condition} BEGIN SELECT RAISE(ABORT, 'not this row'); END`,
    );
    return;
  }
  await queryTarget(
    url,
    `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN IF ${condition} THEN RAISE EXCEPTION 'not this row: %', NEW; END IF; RETURN NEW; END $$`,
    `CREATE TRIGGER refuse BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION refuse()`,
  );
}

/** Adds a trigger that drops a row without an error. */
export async function addDroppingTrigger(url: string, table: string, condition: string): Promise<void> {
  if (url.startsWith('sqlite:')) {
    await queryTarget(
      url,
      `CREATE TRIGGER drop_row BEFORE INSERT ON ${table} WHEN ${condition} BEGIN SELECT RAISE(IGNORE); END`,
    );
    return;
  }
  await queryTarget(
    url,
    `CREATE FUNCTION drop_row() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN IF ${condition} THEN RETURN NULL; END IF; RETURN NEW; END $$`,
    `CREATE TRIGGER drop_row BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION drop_row()`,
  );
}
