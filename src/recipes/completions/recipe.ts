import type { Recipe } from '../recipe.ts';

export const completions = {
  fits: 'a proxy of language models: exports of completion requests',
  coded: ['completion_requests'],
} as const satisfies Recipe;
