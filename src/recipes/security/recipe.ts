import type { Recipe } from '../recipe.ts';

export const security = {
  fits: 'a service that looks at web requests: exports of events and predictions',
  coded: ['users', 'predictions', 'events'],
} as const satisfies Recipe;
