import type { Recipe } from '../recipe.ts';
import { FUNCTIONS } from './functions.ts';

export const completions = {
  fits: 'a proxy of language models: exports of completion requests',
  coded: ['completion_requests'],
  functions: { version: 1, exports: FUNCTIONS },
} as const satisfies Recipe;
