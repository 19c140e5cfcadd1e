import { openSchemaChanges } from '../databases/open.ts';
import type { SchemaChanges } from '../databases/schema-changes.ts';
import { whileAlone } from '../lone-writer.ts';
import { DEFAULT_TARGET } from '../preconditions.ts';
import type { Options } from '../settings/settings.ts';
import { parseTarget } from '../settings/target.ts';
import type { Action } from './action.ts';
import { type Configuration, loadConfiguration } from './configuration.ts';

type Access = 'reads' | 'changes' | 'creates';

/** A command that works on the tables of the target, which only one that creates something may find missing. */
export function schemaCommand(
  access: Access,
  work: (changes: SchemaChanges, options: Options, environment: Configuration['environment']) => Promise<number>,
): Action {
  return async (_args, flags) => {
    const { options, environment } = await loadConfiguration(flags);
    const { tables: declared } = options.registry;
    const target = parseTarget(options.to ?? DEFAULT_TARGET, { ...options, environment });
    const dryRun = access === 'creates' && options.dryRun;
    const changes = await openSchemaChanges(target, {
      ...options,
      declared,
      dryRun,
      readOnly: access === 'reads' || dryRun,
      mustExist: access !== 'creates',
    });
    try {
      const doWork = (): Promise<number> => work(changes, options, environment);
      if (access === 'reads' || dryRun) return await doWork();
      return await whileAlone({ ...options, target, declared, command: 'schema' }, doWork);
    } finally {
      await changes.close();
    }
  };
}
