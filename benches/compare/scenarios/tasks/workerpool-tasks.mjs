import { createRequire } from 'node:module';
import { join } from 'node:path';
import { add, look, spin } from './pool-tasks.mjs';

// Bun's Workers have the globals of a browser's, where workerpool then waits for messages that Bun gives to parentPort alone.
if (process.versions.bun !== undefined) globalThis.addEventListener = undefined;
createRequire(join(process.env.COMPARE_MODULES, 'x.js'))('workerpool').worker({ add, look, spin });
