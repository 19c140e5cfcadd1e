import { migrate } from '../../run/migrate.ts';
import { reportedRun } from '../reported-run.ts';

export default reportedRun(migrate, 'load');
