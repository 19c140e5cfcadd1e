import type { Recipe } from '../recipe.ts';

export const incidents = {
  fits: 'an analysis of incidents: settings.json, users.json, dumps of analyses and audit logs',
  coded: ['settings', 'users', 'analyses', 'audit_logs'],
} as const satisfies Recipe;
