import { readFileSync } from 'node:fs';

/** docs/grants.sql as psql sends it: its variables are names, and a line that begins with a backslash is for itself. */
export function grants(variables: Readonly<Record<'database' | 'schema' | 'loader' | 'reader', string>>): string {
  const names: Readonly<Record<string, string>> = { ledger: 'migrate_json', ...variables };
  const text = readFileSync(new URL('../../docs/grants.sql', import.meta.url), 'utf8');
  return text
    .replaceAll(/^(?:--|\\).*$/gm, '')
    .replaceAll(/:"(\w+)"/g, (_whole, name: string) => `"${names[name]?.replaceAll('"', '""')}"`);
}
