/**
 * What columns of a stored row hold, by name, where writing the values of the row would store it otherwise: another spelling, or
 * something that is no value of the declared type. In a form of the database's own.
 */
export type ExactCells = Readonly<Record<string, string>>;
