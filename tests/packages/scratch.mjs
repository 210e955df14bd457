// A folder for a script's files, and the programs that it runs there.
import assert from 'node:assert';
import fs from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';

export const scratch = path.resolve(fs.mkdtempSync('scratch-'));
process.on('exit', () => fs.rmSync(scratch, { recursive: true, force: true }));

export function write(name, text) {
  fs.mkdirSync(path.dirname(path.join(scratch, name)), { recursive: true });
  fs.writeFileSync(path.join(scratch, name), text);
}

// What Weft writes to either stream, with the exit code it is to have.
export function streamsOf(code, ...args) {
  const { status, stderr, stdout } = spawnSync(process.execPath, args, { cwd: scratch, encoding: 'utf8' });
  assert.equal(status, code, `${args.join(' ')}\n${stdout}${stderr}`);
  return { stdout, stderr };
}

export const bin = (file) => path.resolve('node_modules', file);
