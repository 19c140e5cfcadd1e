const SECRET_NAME = /password|secret|token|api_?key|authorization|jwt/i;

/** Whether what bears such a name must not be shown. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}
