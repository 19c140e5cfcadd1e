import { compileTimeReader } from '../time/time.ts';
import type { MappingContext } from './dataset.ts';

/** What readers want to know where none of it decides: for constants, and for what is stored already. */
export const ANY_CONTEXT: MappingContext = {
  naiveTime: 'UTC',
  source: undefined,
  repair: [],
  hashSecrets: false,
  keepPlainKeys: true,
  readTime: compileTimeReader('UTC'),
};
