import { validate } from '../../run/migrate.ts';
import { reportedRun } from '../reported-run.ts';

export default reportedRun(validate, 'check');
