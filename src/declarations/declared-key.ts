/** What `key:` says where rows of a table have none. */
export const NO_KEY = 'none';

/** The columns by which a declaration knows its rows; undefined where it names none. */
export function declaredKey({ key }: { readonly key?: string | readonly string[] }): readonly string[] | undefined {
  return key === undefined || key === NO_KEY ? undefined : [key].flat();
}
