import { builtInRegistry } from './built-in.ts';
import type { Registry, RegistryOrigin } from './registry.ts';

/** The registry that another thread has: functions cannot be handed over, so each thread makes its own. */
export async function makeRegistry(origin: RegistryOrigin): Promise<Registry> {
  if (origin === 'built-in') return builtInRegistry();
  const module: Readonly<Record<string, () => Registry>> = await import(origin.module);
  const make = module[origin.make];
  if (make === undefined) throw new TypeError(`${origin.module} exports no ${origin.make}`);
  return make();
}
