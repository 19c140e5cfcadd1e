import type { Recipe } from '../recipe.ts';
import { usage } from './functions.ts';

export const council = {
  fits: 'a chat with several models: conversations/<user>/<id>.json, usage/<user>/usage.json',
  coded: ['conversations', 'usage'],
  functions: { version: 1, exports: { usage } },
} as const satisfies Recipe;
