import type { Recipe } from '../recipe.ts';

export const council = {
  fits: 'a chat with several models: conversations/<user>/<id>.json, usage/<user>/usage.json',
  coded: ['conversations', 'usage'],
} as const satisfies Recipe;
