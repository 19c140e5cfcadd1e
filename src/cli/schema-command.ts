import { openDatabase, openSchemaChanges } from '../databases/open.ts';
import type { SchemaChanges } from '../databases/schema-changes.ts';
import type { Target } from '../databases/target.ts';
import { whileAlone } from '../ledger/lone-writer.ts';
import { withPastDatasets } from '../recipes/past-declarations.ts';
import type { Options } from '../settings/settings.ts';
import { DEFAULT_TARGET, parseTarget } from '../settings/target.ts';
import type { Action } from './action.ts';
import { type Configuration, loadConfiguration } from './configuration.ts';

type Access = 'reads' | 'changes' | 'creates';

/** A command that works on the tables of the target, which only one that creates something may find missing. */
export function schemaCommand(
  access: Access,
  work: (changes: SchemaChanges, options: Options, environment: Configuration['environment']) => Promise<number>,
): Action {
  return async (_args, flags) => {
    const { options: given, environment } = await loadConfiguration(flags);
    const target = parseTarget(given.to ?? DEFAULT_TARGET, { ...given, environment });
    const dryRun = access === 'creates' && given.dryRun;
    const open = ({ registry: { tables } }: Options): Promise<SchemaChanges> =>
      openSchemaChanges(target, {
        ...given,
        declared: tables,
        dryRun,
        readOnly: access === 'reads' || dryRun,
        mustExist: access !== 'creates',
      });
    let changes = await open(given);
    let options = given;
    try {
      if (access === 'reads') options = await withLoadedRecipes(target, given);
      if (options !== given) {
        await changes.close();
        changes = await open(options);
      }
      const doWork = (): Promise<number> => work(changes, options, environment);
      const declared = options.registry.tables;
      if (access === 'reads' || dryRun) return await doWork();
      return await whileAlone({ ...options, target, declared, command: 'schema' }, doWork);
    } finally {
      await changes.close();
    }
  };
}

/** Where nobody says what is meant, the ledger does: a recipe that was loaded, in place of applications that were not. */
async function withLoadedRecipes(target: Target, options: Options): Promise<Options> {
  const { registry, dbSchema, ledgerSchema, databaseZone } = options;
  if (registry.origin !== 'built-in') return options;
  const { tables: declared } = registry;
  const database = await openDatabase(target, {
    dbSchema,
    ledgerSchema,
    databaseZone,
    declared,
    dryRun: false,
    readOnly: true,
  });
  const past = await withPastDatasets(database, registry, 'tables').finally(() => database.close());
  return past === registry ? options : { ...options, registry: past };
}
