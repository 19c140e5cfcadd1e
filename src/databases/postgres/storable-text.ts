import type pg from 'pg';
import { errorCode } from '../../errors.ts';
import { caseVariants } from '../../schema/fold.ts';
import { holdsAllText, LedgerText } from './ledger-text.ts';

/** Which characters the database can store: all where its encoding is UTF8. Elsewhere the server is asked, once for each. */
export class StorableText {
  ledger = new LedgerText('UTF8');
  holdsAll = true;
  private isBytewise = false;
  private readonly storable = new Map<string, boolean>();

  async ask(client: pg.ClientBase): Promise<void> {
    const { rows } = await client.query<{ encoding: string }>(
      'SELECT pg_encoding_to_char(encoding) AS encoding FROM pg_database WHERE datname = current_database()',
    );
    const encoding = rows[0]?.encoding ?? 'UTF8';
    this.isBytewise = encoding === 'SQL_ASCII';
    this.holdsAll = holdsAllText(encoding);
    this.ledger = new LedgerText(encoding);
  }

  /** The characters of these texts that it cannot store. */
  async unstorable(
    client: pg.ClientBase,
    texts: Iterable<string>,
    isInTransaction: boolean,
  ): Promise<ReadonlySet<string>> {
    const characters = new Set<string>();
    for (const text of texts) for (const character of text) if (character > '\x7f') characters.add(character);
    const unknown = [...characters].filter((character) => !this.storable.has(character));
    await this.tryAll(client, unknown, isInTransaction);
    return new Set([...characters].filter((character) => this.storable.get(character) === false));
  }

  /** In what texts of the database may differ from these in lower case. Where it does not know characters, only ASCII has two cases. */
  async caseVariants(client: pg.ClientBase, texts: readonly string[]): Promise<ReturnType<typeof caseVariants>> {
    const { from, to } = caseVariants(texts);
    if (this.holdsAll && !this.isBytewise) return { from, to };
    const unstorable = this.isBytewise ? undefined : await this.unstorable(client, [from, to], true);
    const isKnown = (character: string): boolean => (unstorable ? !unstorable.has(character) : character <= '\x7f');
    const lower = [...to];
    const kept = [...from].map((upper, at) => [upper, lower[at] ?? ''] as const).filter((pair) => pair.every(isKnown));
    return { from: kept.map(([upper]) => upper).join(''), to: kept.map(([, each]) => each).join('') };
  }

  /** The server refuses a parameter as a whole: where it does, each half is tried. */
  private async tryAll(client: pg.ClientBase, characters: readonly string[], isInTransaction: boolean): Promise<void> {
    if (characters.length === 0) return;
    const isTaken = await takes(client, characters.join(''), isInTransaction);
    if (isTaken || characters.length === 1) {
      for (const character of characters) this.storable.set(character, isTaken);
      return;
    }
    const middle = Math.ceil(characters.length / 2);
    await this.tryAll(client, characters.slice(0, middle), isInTransaction);
    await this.tryAll(client, characters.slice(middle), isInTransaction);
  }
}

async function takes(client: pg.ClientBase, text: string, isInTransaction: boolean): Promise<boolean> {
  if (isInTransaction) await client.query('SAVEPOINT storable');
  try {
    await client.query('SELECT length($1)', [text]);
    return true;
  } catch (error) {
    // Class 22: the character has no equivalent in the encoding of the database.
    if (errorCode(error)?.startsWith('22') !== true) throw error;
    if (isInTransaction) await client.query('ROLLBACK TO storable');
    return false;
  } finally {
    if (isInTransaction) await client.query('RELEASE storable').catch(() => undefined);
  }
}
