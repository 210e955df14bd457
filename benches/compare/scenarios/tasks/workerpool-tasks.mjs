import { createRequire } from 'node:module';
import { join } from 'node:path';
import { add, look, spin } from './pool-tasks.mjs';
createRequire(join(process.env.COMPARE_MODULES, 'x.js'))('workerpool').worker({ add, look, spin });
